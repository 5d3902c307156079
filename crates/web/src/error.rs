//! The refusals of HTTP itself, before any rule of a domain is asked.

kernel::error_codes! {
    /// No bearer token came.
    NOT_SIGNED_IN = "web.not_signed_in", Unauthenticated, "Sign in first: a bearer token is needed.", "请先登录：需要提供访问令牌。";
    /// The body is not JSON by its media type.
    UNSUPPORTED_MEDIA_TYPE = "web.unsupported_media_type", UnsupportedMedia, "The body must be application/json, not compressed.", "请求体必须为未压缩的 application/json。";
    /// More bytes than are taken.
    BODY_TOO_LARGE = "web.body_too_large", TooLarge, "The body is larger than what is taken.", "请求体过大。";
    /// Nested more than 32 levels.
    JSON_TOO_DEEP = "web.json_too_deep", Malformed, "The JSON is nested too deeply.", "JSON 嵌套层级过深。";
    /// Not JSON, or not UTF-8.
    MALFORMED_JSON = "web.malformed_json", Malformed, "The body is not well-formed JSON.", "请求体不是合法的 JSON。";
    /// JSON, but not of the shape that was asked for.
    INVALID_BODY = "web.invalid_body", Invalid, "The body does not have the shape that is expected. Each field is named.", "请求体结构不符合要求，详见各字段说明。";
    /// A field that the operation does not know.
    UNKNOWN_FIELD = "web.unknown_field", Invalid, "This field is not known.", "未知字段。";
    /// A value of another type.
    WRONG_TYPE = "web.wrong_type", Invalid, "The value has the wrong type.", "值的类型不正确。";
    /// A value of the right type that cannot be read.
    UNREADABLE_VALUE = "web.unreadable_value", Invalid, "The value cannot be read.", "无法识别该值。";
    /// The body broke off.
    BODY_INTERRUPTED = "web.body_interrupted", Malformed, "The body broke off before its end.", "请求体传输中断。";
    /// A query parameter that is unknown, repeated or unreadable.
    INVALID_PARAMETER = "web.invalid_parameter", Malformed, "A query parameter is unknown, repeated or cannot be read.", "查询参数未知、重复或无法识别。";
    /// A header that cannot be read.
    INVALID_HEADER = "web.invalid_header", Malformed, "A request header cannot be read.", "请求头无法识别。";
    /// Neither `If-Match` nor `version`.
    PRECONDITION_REQUIRED = "web.precondition_required", PreconditionRequired, "Say which version you change: If-Match or version.", "请通过 If-Match 或 version 指明所修改的版本。";
    /// The key was used with another request.
    IDEMPOTENCY_KEY_REUSED = "web.idempotency_key_reused", Invalid, "This Idempotency-Key was used with a different request.", "该幂等键已用于另一请求。";
    /// The first request with this key is still running.
    IDEMPOTENCY_IN_FLIGHT = "web.idempotency_in_flight", Conflict, "The first request with this Idempotency-Key is still running.", "使用该幂等键的首个请求仍在处理中。";
    /// The commit was sent and no answer came.
    OUTCOME_UNKNOWN = "web.outcome_unknown", Unavailable, "It is not known whether this was done. Ask again with the same Idempotency-Key, or read first.", "无法确认操作是否完成，请使用同一幂等键重试或先查询。";
    /// Over the rate limit.
    TOO_MANY_REQUESTS = "web.too_many_requests", TooMany, "Too many requests. Wait a little.", "请求过于频繁，请稍后再试。";
    /// The account has as many streams open as it may.
    TOO_MANY_STREAMS = "web.too_many_streams", TooMany, "This account follows as many streams as it may. Close one first.", "该账号打开的事件流已达上限，请先关闭一个。";
    /// The gateway has as many streams open as it bears.
    STREAMS_FULL = "web.streams_full", Unavailable, "No more streams can be followed here now. Poll instead, or come back.", "当前事件流数量已满，请改用轮询或稍后再试。";
    /// Took longer than a request may.
    TIMEOUT = "web.timeout", Unavailable, "This took too long. A change may still be made: ask again with the same Idempotency-Key, or read first.", "处理超时。修改可能仍会生效，请使用同一幂等键重试或先查询。";
    /// No operation has this path.
    NO_SUCH_PATH = "web.no_such_path", NotFound, "There is nothing at this path.", "该路径不存在。";
    /// The path is there, the method is not.
    METHOD_NOT_ALLOWED = "web.method_not_allowed", NotThisWay, "This path does not take this method; see the Allow header.", "该路径不支持此方法，参见 Allow 响应头。";
    /// A request that HTTP itself cannot accept.
    BAD_REQUEST = "web.bad_request", Malformed, "The request cannot be read.", "无法识别的请求。";
    /// A dictionary of this name is not there.
    NO_SUCH_DICTIONARY = "web.no_such_dictionary", NotFound, "There is no dictionary of this name.", "没有此名称的字典。";
    /// The answer had a secret in it, and was not kept.
    SHOWN_ONCE = "web.shown_once", Conflict, "This was done before. Its answer held a secret, which is shown once.", "该操作已执行过，其应答包含仅显示一次的机密信息。";
}
