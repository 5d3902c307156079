//! Closed lists of words, as stored and as shown.

kernel::words! {
    #[derive(serde::Serialize, serde::Deserialize)]
    #[serde(rename_all = "snake_case")]
    /// How things stand with a person.
    Status {
        /// Here.
        Active = "active", "Here", "在住";
        /// Gone elsewhere.
        Away = "away", "Moved away", "已迁出";
        /// Dead.
        Deceased = "deceased", "Deceased", "已故";
        /// Their data is destroyed.
        Erased = "erased", "Erased", "已销毁";
    }
}

kernel::words! {
    #[derive(serde::Serialize, serde::Deserialize)]
    #[serde(rename_all = "snake_case")]
    /// A document that says who somebody is.
    DocumentKind {
        /// 居民身份证.
        IdCard = "id_card", "Resident identity card", "居民身份证";
        /// 护照.
        Passport = "passport", "Passport", "护照";
        /// 港澳台居民居住证.
        ResidencePermit = "residence_permit", "Residence permit for Hong Kong, Macao and Taiwan residents", "港澳台居民居住证";
        /// 外国人永久居留身份证.
        ForeignResident = "foreign_resident", "Foreign permanent resident card", "外国人永久居留身份证";
        /// 出生医学证明.
        BirthCertificate = "birth_certificate", "Birth certificate", "出生医学证明";
        /// Another.
        Other = "other", "Another document", "其他证件";
    }
}

kernel::words! {
    #[derive(serde::Serialize, serde::Deserialize)]
    #[serde(rename_all = "snake_case")]
    /// What an address is to somebody.
    AddressKind {
        /// 现住址.
        Home = "home", "Where they live", "现住址";
        /// 户籍地址.
        Registered = "registered", "Where they are registered", "户籍地址";
        /// 工作地址.
        Work = "work", "Where they work", "工作地址";
        /// Another.
        Other = "other", "Another address", "其他地址";
    }
}

kernel::words! {
    #[derive(serde::Serialize, serde::Deserialize)]
    #[serde(rename_all = "snake_case")]
    /// A reason to look after somebody first.
    FlagKind {
        /// 空巢老人.
        EmptyNestElder = "empty_nest_elder", "Elder without children near", "空巢老人";
        /// 独居老人.
        LivingAlone = "living_alone", "Elder living alone", "独居老人";
        /// 低保.
        LowIncome = "low_income", "Low income", "低保户";
        /// 特困.
        ExtremePoverty = "extreme_poverty", "Supported for extreme poverty", "特困人员";
        /// 残疾人.
        Disabled = "disabled", "Disabled", "残疾人";
        /// 留守儿童.
        LeftBehindChild = "left_behind_child", "Child left behind", "留守儿童";
        /// 困境儿童.
        ChildInNeed = "child_in_need", "Child in need", "困境儿童";
        /// 重病.
        SeriousIllness = "serious_illness", "Seriously ill", "重病患者";
        /// 优抚对象.
        VeteranFamily = "veteran_family", "Veteran or family of one", "优抚对象";
        /// 失独家庭.
        LostOnlyChild = "lost_only_child", "Lost their only child", "失独家庭";
        /// 孕产妇.
        Pregnant = "pregnant", "Pregnant or newly delivered", "孕产妇";
        /// Another.
        Other = "other", "Another reason", "其他";
    }
}

kernel::words! {
    #[derive(serde::Serialize, serde::Deserialize)]
    #[serde(rename_all = "snake_case")]
    /// What somebody can agree to.
    ConsentKind {
        /// 信息登记.
        DataProcessing = "data_processing", "Their data kept and used for public service", "个人信息处理";
        /// 敏感信息.
        SensitiveData = "sensitive_data", "Sensitive data kept and used", "敏感个人信息处理";
        /// 信息共享.
        Sharing = "sharing", "Data shared with organisations that help them", "信息共享";
        /// 通知.
        Notices = "notices", "Notices sent to their phone", "接收通知";
        /// 影像.
        Pictures = "pictures", "Pictures of them shown", "影像使用";
        /// 入户走访.
        HomeVisits = "home_visits", "Visits at home", "入户走访";
    }
}

kernel::words! {
    #[derive(serde::Serialize, serde::Deserialize)]
    #[serde(rename_all = "snake_case")]
    /// How a consent was given.
    ConsentMeans {
        /// 书面.
        Paper = "paper", "Signed on paper", "书面签署";
        /// 线上.
        Online = "online", "Given online", "线上确认";
        /// 口头.
        Spoken = "spoken", "Said to whoever recorded it", "口头同意";
        /// 监护人.
        Guardian = "guardian", "By a guardian, on paper", "监护人书面同意";
    }
}

kernel::words! {
    #[derive(serde::Serialize, serde::Deserialize)]
    #[serde(rename_all = "snake_case")]
    /// Why a person was erased: a word and no text, since whatever is written here stays.
    ErasureReason {
        /// 本人要求.
        RequestedByPerson = "requested_by_person", "The person asked for it", "本人要求";
        /// 撤回同意.
        ConsentWithdrawn = "consent_withdrawn", "They took their consent back", "撤回同意";
        /// 保存期满.
        RetentionOver = "retention_over", "The time of keeping is over", "保存期限届满";
        /// 重复登记.
        Duplicate = "duplicate", "The same person is on record elsewhere", "重复登记";
        /// 误录.
        Mistake = "mistake", "Entered by mistake", "误录入";
        /// 依法要求.
        LegalOrder = "legal_order", "A court or an authority ordered it", "依法要求";
        /// 备份恢复后重新执行.
        Reapplied = "reapplied", "Erased before; done again after a backup was restored", "备份恢复后重新执行";
    }
}

kernel::words! {
    #[derive(serde::Serialize, serde::Deserialize)]
    #[serde(rename_all = "snake_case")]
    /// What can be read whole.
    Whole {
        /// The name.
        Name = "name", "Name", "姓名";
        /// Phones.
        Phones = "phones", "Phones", "电话";
        /// Addresses.
        Addresses = "addresses", "Addresses", "地址";
        /// Documents.
        Documents = "documents", "Documents", "证件";
        /// The day of birth.
        BirthOn = "birth_on", "Day of birth", "出生日期";
        /// The sex.
        Sex = "sex", "Sex", "性别";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_as_written_and_said_alike_everywhere() {
        macro_rules! alike {
            ($($name:ident)+) => {
                $(for word in $name::ALL {
                    assert_eq!($name::parse(word.word()), Some(*word));
                    assert_eq!(serde_json::to_value(word).unwrap(), word.word());
                    assert!($name::LABELS.iter().any(|(w, en, zh)| *w == word.word() && !en.is_empty() && !zh.is_empty()));
                })+
            };
        }
        alike!(Status DocumentKind AddressKind FlagKind ConsentKind ConsentMeans ErasureReason Whole);
        assert_eq!(FlagKind::parse("lost"), None);
    }
}
