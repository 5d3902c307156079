//! The refusals of this crate.

kernel::error_codes! {
    /// Unknown login, wrong password, disabled or locked: not said which.
    SIGN_IN_FAILED = "identity.sign_in_failed", Unauthenticated, "Login or password is not right, or the account cannot be used now.", "用户名或密码不正确，或账号暂不可用。";
    /// The access token is worth nothing any more.
    SIGNED_OUT = "identity.signed_out", Unauthenticated, "You are not signed in, or no longer. Sign in again.", "您尚未登录或登录已失效，请重新登录。";
    /// The refresh token is worth nothing any more.
    REFRESH_REFUSED = "identity.refresh_refused", Unauthenticated, "This session has ended. Sign in again.", "会话已结束，请重新登录。";
    /// The ticket is worth nothing, or nothing any more.
    TICKET_REFUSED = "identity.ticket_refused", Unauthenticated, "This ticket is worth nothing, or nothing any more. Get a new one.", "票据无效或已失效，请重新获取。";
    /// Too many failed sign-ins from one address.
    TOO_MANY_SIGN_INS = "identity.too_many_sign_ins", TooMany, "Too many failed sign-ins from your address. Wait a minute.", "来自您所在地址的登录失败次数过多，请稍后再试。";
    /// The account must choose a new password first.
    PASSWORD_CHANGE_REQUIRED = "identity.password_change_required", Forbidden, "Choose a new password first.", "请先修改密码。";
    /// The current password is not right.
    WRONG_PASSWORD = "identity.wrong_password", Invalid, "The current password is not right.", "当前密码不正确。";
    /// The new password is the old one.
    SAME_PASSWORD = "identity.same_password", Invalid, "The new password must differ from the current one.", "新密码不能与当前密码相同。";
    /// More than the actor could give; `breaches` names each right.
    ABOVE_CEILING = "identity.above_ceiling", Forbidden, "This goes beyond what you may give.", "超出您可授予的权限范围。";
    /// Nobody raises themselves.
    GRANT_TO_SELF = "identity.grant_to_self", Forbidden, "Nobody gives rights to themselves.", "不能为自己授权。";
    /// The last one who could repair the rights would be gone.
    LAST_ADMINISTRATOR = "identity.last_administrator", Conflict, "Nobody would be left who can administer the rights of the whole tree.", "此操作将导致无人可管理整个辖区的权限。";
    /// System, security and audit administration do not meet in one person.
    ADMINISTRATORS_ARE_THREE = "identity.administrators_are_three", Conflict, "System, security and audit administrators must be three different people.", "系统管理员、安全管理员和审计管理员必须由不同人员担任（三员分立）。";
    /// The login is somebody's.
    LOGIN_TAKEN = "identity.login_taken", Conflict, "This login is taken.", "该用户名已被使用。";
    /// The role's name is another's.
    ROLE_NAME_TAKEN = "identity.role_name_taken", Conflict, "This role name is taken.", "该角色名称已被使用。";
    /// The role would join in itself what must not meet; `conflict` names it.
    ROLE_AGAINST_ITSELF = "identity.role_against_itself", Conflict, "This role would join in itself what must not meet in one person, so nobody could hold it.", "该角色自身包含不得由同一人兼任的权限，任何人都无法持有。";
    /// Somebody holds the role.
    ROLE_IN_USE = "identity.role_in_use", Conflict, "Somebody holds this role, or will.", "该角色仍有人持有。";
    /// The role came with the platform.
    ROLE_IS_BUILTIN = "identity.role_is_builtin", Conflict, "Built-in roles cannot be changed.", "内置角色不可修改。";
    /// A custom role is given only within its unit.
    ROLE_ELSEWHERE = "identity.role_elsewhere", Conflict, "This role belongs to another unit and cannot be given here.", "该角色属于其他单元，不能在此授予。";
    /// The unit was dissolved.
    UNIT_CLOSED = "identity.unit_closed", Conflict, "This unit was dissolved and takes nothing new.", "该单元已撤销。";
    /// The account is disabled.
    USER_DISABLED = "identity.user_disabled", Conflict, "This account is disabled.", "该账号已停用。";
    /// The account is in that state already.
    ALREADY_SO = "identity.already_so", Conflict, "The account is in this state already.", "账号已处于该状态。";
    /// Nobody shuts themselves out.
    NOT_YOURSELF = "identity.not_yourself", Conflict, "You cannot do this to your own account.", "不能对自己的账号执行此操作。";
    /// The grant was revoked.
    ALREADY_REVOKED = "identity.already_revoked", Conflict, "This grant was revoked already.", "该授权已被撤销。";
    /// The grant has run out.
    GRANT_OVER = "identity.grant_over", Conflict, "This grant has run out already.", "该授权已到期。";
    /// They hold exactly this, or wait to; `existing_grant_id` names it where the asker may see it.
    GRANT_THERE = "identity.grant_there", Conflict, "They have been given exactly this already.", "已存在完全相同的授权。";
    /// Two roles that must not meet in one person would; `conflict` names them.
    ROLES_CONFLICT = "identity.roles_conflict", Conflict, "These two roles must not meet in one person.", "这两个角色不得由同一人兼任。";
    /// Two roles that conflict are named already.
    CONFLICT_EXISTS = "identity.conflict_exists", Conflict, "There is a rule for these two roles already.", "这两个角色已有冲突规则。";
    /// Only a proposed grant is approved or declined.
    NOTHING_TO_APPROVE = "identity.nothing_to_approve", Conflict, "This grant does not wait for anybody's approval.", "该授权无需审批。";
    /// Who gave it or would hold it is not the second person.
    SECOND_PERSON_NEEDED = "identity.second_person_needed", Forbidden, "Another person must approve this: not who gave it, nor who would hold it.", "须由授权人和被授权人以外的其他人审批。";
    /// The realm has an administrator.
    ALREADY_FOUNDED = "identity.already_founded", Conflict, "There is an administrator already.", "已存在管理员。";
    /// The sign-in needs its second half, and this way in cannot ask for it.
    SECOND_FACTOR_NEEDED = "identity.second_factor_needed", Unauthenticated, "A code of your authenticator app is needed.", "需要输入身份验证器中的验证码。";
    /// A wrong code, a challenge used, run out or never given, or an account that cannot be used now: not said which.
    SECOND_FACTOR_REFUSED = "identity.second_factor_refused", Unauthenticated, "The code is not right, or this sign-in is over. Sign in again.", "验证码不正确，或本次登录已失效，请重新登录。";
    /// The account must set up a second factor first.
    SECOND_FACTOR_REQUIRED = "identity.second_factor_required", Forbidden, "Set up a second factor first.", "请先设置第二因素。";
    /// The code is not right.
    WRONG_CODE = "identity.wrong_code", Invalid, "The code is not right, or was used already.", "验证码不正确或已被使用。";
    /// Neither password nor code came.
    PROOF_NEEDED = "identity.proof_needed", Invalid, "Give your password, or a code of your second factor.", "请提供密码或第二因素验证码。";
    /// There is a second factor already.
    SECOND_FACTOR_THERE = "identity.second_factor_there", Conflict, "There is a second factor already. Remove it first.", "已设置第二因素，请先移除。";
    /// There is no second factor.
    NO_SECOND_FACTOR = "identity.no_second_factor", Conflict, "There is no second factor.", "尚未设置第二因素。";
    /// Came by an API key.
    NOT_BY_KEY = "identity.not_by_key", Forbidden, "An API key cannot do this. Sign in.", "API 密钥不能执行此操作，请登录后操作。";
    /// The account is a machine's.
    IS_A_MACHINE = "identity.is_a_machine", Conflict, "A service account cannot do this, and this cannot be done to it.", "服务账号不支持此操作。";
    /// The key was revoked.
    KEY_IS_OVER = "identity.key_is_over", Conflict, "This key was revoked, replaced or has run out.", "该密钥已吊销、已轮换或已过期。";
    /// More live keys than an account may have.
    TOO_MANY_KEYS = "identity.too_many_keys", Conflict, "This account has as many live keys as it may have. Revoke one first.", "该账号的有效密钥数量已达上限，请先吊销。";
    /// The provider is not among those set up.
    UNKNOWN_PROVIDER = "identity.unknown_provider", NotFound, "There is no such identity provider.", "没有该身份提供方。";
    /// The provider could not be reached, or makes no sense.
    PROVIDER_SILENT = "identity.provider_silent", Unavailable, "The identity provider does not answer. Try again later.", "身份提供方暂无响应，请稍后再试。";
    /// The provider's answer did not hold, or the account there is nobody's here: not said which.
    PROVIDER_REFUSED = "identity.provider_refused", Unauthenticated, "This sign-in did not work, or the account is not linked to anybody here.", "登录未成功，或该账号未与本平台账号关联。";
    /// The account at the provider is somebody's.
    SUBJECT_TAKEN = "identity.subject_taken", Conflict, "This external account is linked to somebody already.", "该外部账号已被关联。";
    /// The person has an account at this provider.
    IDENTITY_LINKED_ALREADY = "identity.identity_linked_already", Conflict, "An account of this provider is linked already.", "已关联该提供方的账号。";
    /// Not a path of our own.
    RETURN_ELSEWHERE = "identity.return_elsewhere", Invalid, "After signing in one returns to a path of this site only.", "登录后只能返回本站路径。";
    /// It is not the person's any more.
    NOT_THEIRS = "identity.not_theirs", Conflict, "This is not that person's any more.", "该事项已不在此人名下。";
    /// One's own request for a second person's approval is nobody's to take over at one's own word.
    OWN_REQUEST = "identity.own_request", Conflict, "You asked for this grant yourself. Withdraw it, or let it wait.", "此授权由您本人申请，请撤回或等待审批。";
    /// Handed over to whoever has it.
    HANDOVER_TO_HOLDER = "identity.handover_to_holder", Invalid, "Name somebody else: these things are this person's already.", "请指定其他人员，不能移交给本人。";
    /// Some of it cannot pass; `refused` names each.
    HANDOVER_REFUSED = "identity.handover_refused", Conflict, "Some of it cannot be handed over, so nothing was. Each is named; `partial` lets the rest pass.", "部分事项无法移交，因此未移交任何事项。详见各项说明；如需先移交其余事项，请使用 partial。";
    /// More than passes at once.
    HANDOVER_TOO_LARGE = "identity.handover_too_large", Conflict, "More than 1,000 things at once. Hand them over in parts: by kind, by unit, or with `limit` until nothing remains.", "一次最多移交 1,000 项。请按类别、按单元，或使用 limit 分批移交，直至全部移交。";
    /// The time has passed, or it was cancelled.
    HANDOVER_OVER = "identity.handover_over", Conflict, "This handover is not waiting any more.", "该移交已执行或已取消。";
    /// Too many wait already.
    TOO_MANY_SCHEDULED = "identity.too_many_scheduled", Conflict, "Too many handovers of this person are scheduled already.", "此人已有过多待执行的移交。";
    /// Whoever scheduled it cannot act any more.
    SCHEDULER_GONE = "identity.scheduler_gone", Conflict, "Whoever scheduled this cannot sign in any more.", "安排此移交的人员已无法登录。";
    /// There is no channel by which anything could be sent to such an address.
    NO_CHANNEL = "identity.no_channel", Conflict, "This realm has no channel to send codes by. Ask its administrators.", "本系统未配置验证码发送渠道，请联系管理员。";
    /// Neither a telephone number nor a mail address.
    ADDRESS_UNREADABLE = "identity.address_unreadable", Invalid, "Give a telephone number or a mail address.", "请填写手机号或电子邮箱。";
    /// An account registered itself by this address.
    ADDRESS_TAKEN = "identity.address_taken", Conflict, "There is an account with this address.", "该联系方式已有账号。";
    /// Unknown, run out, used or withdrawn: not said which.
    INVITATION_REFUSED = "identity.invitation_refused", Invalid, "This invitation does not hold, or no longer. Ask for a new one.", "邀请无效或已失效，请重新获取。";
    /// Its inviter may not give any more what it promises.
    INVITATION_VOID = "identity.invitation_void", Conflict, "Whoever invited you may no longer give what the invitation promises. Ask for a new one.", "邀请人已无权授予邀请中的权限，请重新获取邀请。";
    /// It was accepted or withdrawn, or too many codes were sent.
    INVITATION_OVER = "identity.invitation_over", Conflict, "This invitation has ended. Make a new one.", "该邀请已结束，请新建邀请。";
    /// A code was sent a moment ago.
    SENT_LATELY = "identity.sent_lately", TooMany, "A code was sent a moment ago. Wait a minute.", "验证码刚刚发送，请稍后再试。";
    /// Too many codes were asked for about one address, login or account.
    TOO_MANY_CODES = "identity.too_many_codes", TooMany, "Too many codes were asked for. Wait an hour.", "获取验证码过于频繁，请一小时后再试。";
    /// Too many tries from one address.
    TOO_MANY_TRIES = "identity.too_many_tries", TooMany, "Too many tries from your address. Wait some minutes.", "来自您所在地址的尝试次数过多，请稍后再试。";
    /// Wrong, unknown, run out, used, or tried too often: not said which.
    CODE_REFUSED = "identity.code_refused", Invalid, "This code is not right, or no longer. Ask for a new one.", "验证码不正确或已失效，请重新获取。";
    /// Nobody registers themselves here.
    REGISTRATION_CLOSED = "identity.registration_closed", Forbidden, "Nobody can register themselves here. Ask for an invitation.", "本系统未开放自助注册，请联系管理员获取邀请。";
    /// The password was the account's before.
    PASSWORD_USED_BEFORE = "identity.password_used_before", Invalid, "This was your password before. Choose another.", "不能使用近期用过的密码。";
    /// The contact is there and proved.
    CONTACT_THERE = "identity.contact_there", Conflict, "This is your contact already.", "该联系方式已绑定。";
    /// More contacts than anybody needs.
    TOO_MANY_CONTACTS = "identity.too_many_contacts", Conflict, "You have as many contacts as there may be. Remove one first.", "联系方式数量已达上限，请先移除一个。";
}
