//! What this crate tells people.

use contracts::Template;

/// To whom an invitation goes.
pub static INVITED: Template = Template {
    kind: "identity.invited",
    title_en: "You are invited to {unit}",
    title_zh: "邀请您加入{unit}",
    body_en: "{inviter} invites you, {name}, to work in {unit}. Make your account within {days} days: {link} If you do not know what this is about, do nothing.",
    body_zh: "{name}，{inviter}邀请您加入{unit}。请在{days}天内创建账号：{link} 如与您无关，请忽略。",
};

/// To whoever registers.
pub static REGISTRATION_CODE: Template = Template {
    kind: "identity.registration_code",
    title_en: "Your code: {code}",
    title_zh: "验证码：{code}",
    body_en: "{code} is your code to make an account in {unit}. It holds for {minutes} minutes. Give it to nobody.",
    body_zh: "您在{unit}注册账号的验证码为{code}，{minutes}分钟内有效。请勿告知他人。",
};

/// To whoever would register and has an account.
pub static ADDRESS_KNOWN: Template = Template {
    kind: "identity.address_known",
    title_en: "You have an account already",
    title_zh: "您已有账号",
    body_en: "Somebody asked to make an account with this address. There is one already: sign in, or ask for a new password. If it was not you, do nothing.",
    body_zh: "有人请求使用此联系方式注册账号，但该联系方式已有账号。请直接登录或找回密码。如非本人操作，请忽略。",
};

/// To whoever forgot their password.
pub static PASSWORD_RESET: Template = Template {
    kind: "identity.password_reset",
    title_en: "A new password",
    title_zh: "重置密码",
    body_en: "Choose a new password within {minutes} minutes: {link} If it was not you who asked, do nothing: your password stays as it is.",
    body_zh: "请在{minutes}分钟内重置密码：{link} 如非本人操作，请忽略，您的密码不会改变。",
};

/// To an address that somebody calls theirs.
pub static CONTACT_CODE: Template = Template {
    kind: "identity.contact_code",
    title_en: "Your code: {code}",
    title_zh: "验证码：{code}",
    body_en: "{code} proves that this address is yours. It holds for {minutes} minutes. Give it to nobody.",
    body_zh: "您绑定联系方式的验证码为{code}，{minutes}分钟内有效。请勿告知他人。",
};

/// Into the inbox of who invited.
pub static INVITATION_ACCEPTED: Template = Template {
    kind: "identity.invitation_accepted",
    title_en: "{name} has accepted your invitation",
    title_zh: "{name}已接受您的邀请",
    body_en: "{name} has made an account in {unit}.",
    body_zh: "{name}已在{unit}创建账号。",
};

/// Into the inbox of whose password was reset.
pub static PASSWORD_WAS_RESET: Template = Template {
    kind: "identity.password_was_reset",
    title_en: "Your password was reset",
    title_zh: "您的密码已重置",
    body_en: "Your password was reset by a code sent to {address}. All sessions ended. If it was not you, tell your administrator at once.",
    body_zh: "您的密码已通过发送至{address}的验证码重置，所有会话已结束。如非本人操作，请立即联系管理员。",
};

/// Into the inbox of who has one contact more.
pub static CONTACT_VERIFIED: Template = Template {
    kind: "identity.contact_verified",
    title_en: "{address} is your contact now",
    title_zh: "已绑定联系方式{address}",
    body_en: "A new password can be sent to {address} from now on. If it was not you, remove it and change your password.",
    body_zh: "今后可通过{address}找回密码。如非本人操作，请移除并修改密码。",
};

/// Into the inbox of who has one contact less.
pub static CONTACT_REMOVED: Template = Template {
    kind: "identity.contact_removed",
    title_en: "{address} is no longer your contact",
    title_zh: "已移除联系方式{address}",
    body_en: "Nothing is sent to {address} any more. If it was not you, change your password.",
    body_zh: "今后不再向{address}发送信息。如非本人操作，请修改密码。",
};

/// All of them.
pub static TEMPLATES: &[&Template] = &[
    &INVITED,
    &REGISTRATION_CODE,
    &ADDRESS_KNOWN,
    &PASSWORD_RESET,
    &CONTACT_CODE,
    &INVITATION_ACCEPTED,
    &PASSWORD_WAS_RESET,
    &CONTACT_VERIFIED,
    &CONTACT_REMOVED,
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn names(text: &str) -> BTreeSet<&str> {
        text.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect()
    }

    #[test]
    fn both_languages_say_the_same_things_under_a_name_of_ours() {
        let mut kinds = BTreeSet::new();
        for template in TEMPLATES {
            assert!(
                template.kind.starts_with("identity.") && kinds.insert(template.kind),
                "{}",
                template.kind
            );
            assert_eq!(names(template.title_en), names(template.title_zh), "{}", template.kind);
            assert_eq!(names(template.body_en), names(template.body_zh), "{}", template.kind);
        }
    }

    #[test]
    fn no_code_goes_into_an_inbox() {
        for template in [&INVITATION_ACCEPTED, &PASSWORD_WAS_RESET, &CONTACT_VERIFIED, &CONTACT_REMOVED] {
            let all = [template.title_en, template.body_en].map(names).concat_all();
            assert!(!all.contains("code") && !all.contains("link"), "{}", template.kind);
        }
    }

    trait ConcatAll<'a> {
        fn concat_all(self) -> BTreeSet<&'a str>;
    }
    impl<'a> ConcatAll<'a> for [BTreeSet<&'a str>; 2] {
        fn concat_all(self) -> BTreeSet<&'a str> {
            self.into_iter().flatten().collect()
        }
    }
}
