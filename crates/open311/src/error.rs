//! What the face refuses, one row per code. Outside they all look as the standard has it: a status of 400, 403 or 404 and the
//! sentence.

kernel::error_codes! {
    /// No key, or one that is not worth anything.
    KEY_REQUIRED = "open311.key_required", Forbidden, "A valid api_key is needed.", "需要有效的 api_key。";
    /// A token of a person's session in the place of a key.
    KEY_NOT_OF_A_SERVICE = "open311.key_not_of_a_service", Forbidden, "This is not the key of a service account.", "这不是服务账号的密钥。";
    /// Another endpoint's jurisdiction.
    JURISDICTION_UNKNOWN = "open311.jurisdiction_unknown", NotFound, "There is no such jurisdiction_id here.", "此处没有该 jurisdiction_id。";
    /// No category that is offered has this code.
    SERVICE_UNKNOWN = "open311.service_unknown", NotFound, "There is no such service_code.", "没有该 service_code。";
    /// No case has this number, or not for this reader.
    REQUEST_UNKNOWN = "open311.request_unknown", NotFound, "There is no such service_request_id.", "没有该 service_request_id。";
    /// No case has this token.
    TOKEN_UNKNOWN = "open311.token_unknown", NotFound, "There is no such token.", "没有该 token。";
    /// No such format.
    FORMAT_UNKNOWN = "open311.format_unknown", NotFound, "There is nothing at this path: an address ends in .xml or .json.", "该路径不存在：地址须以 .xml 或 .json 结尾。";
    /// A parameter that must be there.
    PARAMETER_REQUIRED = "open311.parameter_required", Invalid, "A parameter is missing.", "缺少参数。";
    /// A parameter that cannot be read.
    PARAMETER_INVALID = "open311.parameter_invalid", Invalid, "A parameter is not right.", "参数不正确。";
    /// Neither coordinates nor an address.
    PLACE_REQUIRED = "open311.place_required", Invalid, "Say where: lat and long, or address_string.", "请提供位置：lat 与 long，或 address_string。";
    /// An address id, of which none are known.
    ADDRESS_ID_UNKNOWN = "open311.address_id_unknown", Invalid, "No address_id is known here: send lat and long, or address_string.", "此处不支持 address_id，请提供 lat 与 long，或 address_string。";
    /// Not UTF-8.
    NOT_UTF8 = "open311.not_utf8", Malformed, "Parameters must be UTF-8.", "参数须为 UTF-8 编码。";
    /// Not a form.
    NOT_A_FORM = "open311.not_a_form", UnsupportedMedia, "The body must be application/x-www-form-urlencoded or multipart/form-data, not compressed.", "请求体须为未压缩的 application/x-www-form-urlencoded 或 multipart/form-data。";
    /// A form that cannot be read.
    FORM_BROKEN = "open311.form_broken", Malformed, "The form cannot be read.", "表单无法识别。";
    /// More than is taken.
    FORM_TOO_LARGE = "open311.form_too_large", TooLarge, "The request is larger than what is taken.", "请求超出允许的大小。";
    /// A method that the address does not take.
    METHOD_NOT_TAKEN = "open311.method_not_taken", Malformed, "This address does not take this method.", "该地址不支持此方法。";
}
