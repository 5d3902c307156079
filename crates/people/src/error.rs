//! What people refuses, one row per code.

kernel::error_codes! {
    /// The unit was dissolved.
    UNIT_CLOSED = "people.unit_closed", Invalid, "This unit is dissolved and takes nobody new.", "该治理单元已撤销，不再接收新人员。";
    /// The person's data is destroyed.
    ERASED = "people.erased", Conflict, "This person's data was erased; nothing can be changed or read.", "该人员信息已销毁，无法更改或查看。";
    /// Another person in the realm has the same document.
    DOCUMENT_TAKEN = "people.document_taken", Conflict, "A person with this document is on record already.", "已有人员登记了该证件号码。";
    /// The same document twice in one record.
    DOCUMENT_TWICE = "people.document_twice", Invalid, "This document is in the list twice.", "证件重复。";
    /// The same phone twice in one record.
    PHONE_TWICE = "people.phone_twice", Invalid, "This phone is in the list twice.", "电话号码重复。";
    /// Not a phone number.
    PHONE_SHAPE = "people.phone_shape", Invalid, "A phone number has 5 to 15 digits, and a country's prefix if it is not +86.", "电话号码应为 5 至 15 位数字，境外号码须带国家代码。";
    /// Not 18 characters.
    ID_NUMBER_LENGTH = "people.id_number_length", Invalid, "A citizen's number has 18 characters.", "公民身份号码应为 18 位。";
    /// A number as issued until 1999.
    ID_NUMBER_OLD = "people.id_number_old", Invalid, "15-digit numbers are no longer valid: give the 18-digit one.", "15 位身份证号已停用，请提供 18 位公民身份号码。";
    /// Letters where digits belong.
    ID_NUMBER_CHARACTERS = "people.id_number_characters", Invalid, "A citizen's number is 17 digits and a digit or X.", "公民身份号码应为 17 位数字加一位数字或 X。";
    /// No province begins so.
    ID_NUMBER_PROVINCE = "people.id_number_province", Invalid, "The first two digits of this number are no province's.", "公民身份号码前两位不是有效的省级代码。";
    /// No such day, or a day ahead.
    ID_NUMBER_DATE = "people.id_number_date", Invalid, "The birth date in this number does not exist or lies in the future.", "公民身份号码中的出生日期不存在或晚于今天。";
    /// The last character does not fit.
    ID_NUMBER_CHECK = "people.id_number_check", Invalid, "The last character of this number does not fit the rest.", "公民身份号码校验码不正确。";
    /// Not a document's number.
    DOCUMENT_NUMBER = "people.document_number", Invalid, "A document's number has 4 to 30 letters and digits.", "证件号码应为 4 至 30 位字母或数字。";
    /// A birth date that is none.
    BIRTH_DATE = "people.birth_date", Invalid, "A birth date lies between 1850 and today.", "出生日期应在 1850 年至今天之间。";
    /// Another day than the number says.
    BIRTH_CONTRADICTS = "people.birth_contradicts_id", Invalid, "The birth date is not the one in the document's number.", "出生日期与证件号码不一致。";
    /// Another sex than the number says.
    SEX_CONTRADICTS = "people.sex_contradicts_id", Invalid, "The sex is not the one in the document's number.", "性别与证件号码不一致。";
    /// Numbers where a purpose belongs.
    PURPOSE_HAS_NUMBER = "people.purpose_has_number", Invalid, "A purpose is words: no phone and no document number.", "用途说明请用文字，不得包含电话或证件号码。";
    /// Beyond the bound for whole readings.
    TOO_MANY_READINGS = "people.too_many_readings", TooMany, "You have read more persons' data than one reader may within this time.", "您在此时段内查看的个人信息已达上限。";
    /// The flag is set already.
    FLAG_SET = "people.flag_set", Conflict, "This flag is set for that time already.", "该标记在此期间已存在。";
    /// The flag has ended.
    FLAG_ENDED = "people.flag_ended", Conflict, "This flag has ended.", "该标记已结束。";
    /// The consent was withdrawn before.
    CONSENT_WITHDRAWN = "people.consent_withdrawn", Conflict, "This consent was withdrawn already.", "该同意已撤回。";
    /// The consent stands.
    CONSENT_GIVEN = "people.consent_given", Conflict, "This consent is on record and was not withdrawn.", "该同意已登记且未撤回。";
    /// A fact of tomorrow.
    NOT_YET = "people.not_yet", Invalid, "This lies in the future: only what has happened is recorded.", "不能登记尚未发生的事实。";
    /// The account is tied.
    ACCOUNT_TIED = "people.account_tied", Conflict, "This account is tied to a person already.", "该账号已关联人员。";
    /// The tie has ended.
    ACCOUNT_UNTIED = "people.account_untied", Conflict, "This tie has ended.", "该关联已解除。";
    /// One does not say oneself who one is.
    ACCOUNT_OWN = "people.account_own", Forbidden, "Nobody ties their own account: somebody else confirms who you are.", "不得关联本人账号，须由他人确认身份。";
}
