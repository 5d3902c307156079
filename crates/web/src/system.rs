//! What the platform says of itself: probes, documents, plugins, dictionaries, the page of codes.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION, VARY};
use actix_web::web::{Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, get, web};
use kernel::error::OrRefuse;
use kernel::{ErrorCode, Permission, Plugin};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::document::Published;
use crate::error::{METHOD_NOT_ALLOWED, NO_SUCH_DICTIONARY, NO_SUCH_PATH};
use crate::guard::{Allowed, Public};
use crate::plugin::{Dictionary, WebPlugin};
use crate::problem::{Problem, sentence, status_of};
use crate::site::Shared;

kernel::permissions! {
    /// Seeing which plugins run.
    ReadPlugins = "web.plugin.read", Low, [] everyone, "See which parts of the platform are switched on.", "查看已启用的平台模块。";
    /// Reading the lists of words.
    ReadDictionaries = "web.dictionary.read", Low, [] everyone, "Read the lists of words that fields use.", "查看数据字典。";
}

/// The plugin `web`.
#[derive(Debug, Clone, Copy, Default)]
pub struct System;

impl Plugin for System {
    fn name(&self) -> &'static str {
        "web"
    }

    fn permissions(&self) -> &'static [&'static Permission] {
        PERMISSIONS
    }

    fn error_codes(&self) -> &'static [&'static ErrorCode] {
        crate::error::CODES
    }

    fn is_foundation(&self) -> bool {
        true
    }
}

impl WebPlugin for System {
    fn routes(&self, cfg: &mut crate::Registrar<'_>) {
        cfg.service(list_plugins).service(get_dictionary).service(list_error_codes);
    }

    fn tags(&self) -> &'static [(&'static str, &'static str)] {
        &[("platform", "What the platform says of itself: its plugins, its words, its error codes.")]
    }
}

/// What all plugins bring, gathered once.
pub(crate) struct Catalogue {
    plugins: Vec<(&'static str, bool, Vec<&'static str>)>,
    dictionaries: BTreeMap<&'static str, &'static Dictionary>,
    codes: BTreeMap<&'static str, &'static ErrorCode>,
}

impl Catalogue {
    pub(crate) fn of(plugins: &[Arc<dyn WebPlugin>]) -> Self {
        let own = plugins.iter().flat_map(|p| p.error_codes());
        Self {
            plugins: plugins
                .iter()
                .map(|p| (p.name(), p.is_foundation(), p.permissions().iter().map(|x| x.name).collect()))
                .collect(),
            dictionaries: plugins.iter().flat_map(|p| p.dictionaries()).map(|d| (d.name, d)).collect(),
            codes: kernel::error::CODES.iter().chain(own).map(|c| (c.code, *c)).collect(),
        }
    }
}

/// A plugin that is switched on.
#[derive(Debug, Serialize, ToSchema)]
pub struct PluginView {
    /// Its name: the first word of its permissions, codes and operations.
    name: String,
    /// Whether the platform cannot run without it.
    is_foundation: bool,
    /// The permissions it enforces.
    permissions: Vec<String>,
}

/// The plugins that are switched on.
#[derive(Debug, Serialize, ToSchema)]
pub struct PluginList {
    /// All of them.
    items: Vec<PluginView>,
}

/// List the plugins that are switched on.
#[utoipa::path(operation_id = "web_list_plugins", tag = "platform", responses((status = 200, body = PluginList, description = "All plugins")),
    extensions(("x-permission" = json!(ReadPlugins::NAME))))]
#[get("/plugins")]
async fn list_plugins(_: Allowed<ReadPlugins>, all: Data<Catalogue>) -> Result<HttpResponse, Problem> {
    let items = all.plugins.iter().map(|(name, is_foundation, permissions)| PluginView {
        name: (*name).to_owned(),
        is_foundation: *is_foundation,
        permissions: permissions.iter().map(|p| (*p).to_owned()).collect(),
    });
    Ok(HttpResponse::Ok().json(PluginList { items: items.collect() }))
}

/// A word of a dictionary.
#[derive(Debug, Serialize, ToSchema)]
pub struct DictionaryEntry {
    /// As it stands in fields.
    value: String,
    /// What to show to this reader.
    label: String,
    /// What to show in English.
    label_en: String,
    /// What to show in Chinese.
    label_zh: String,
}

/// A list of words.
#[derive(Debug, Serialize, ToSchema)]
pub struct DictionaryView {
    /// Its name.
    name: String,
    /// The words, in the order to show them.
    items: Vec<DictionaryEntry>,
}

/// Read a dictionary.
#[utoipa::path(operation_id = "web_get_dictionary", tag = "platform", responses((status = 200, body = DictionaryView, description = "The dictionary")),
    params(("name" = String, Path, description = "The dictionary's name")),
    extensions(("x-permission" = json!(ReadDictionaries::NAME))))]
#[get("/dictionaries/{name}")]
async fn get_dictionary(
    who: Allowed<ReadDictionaries>,
    name: Path<String>,
    all: Data<Catalogue>,
) -> Result<HttpResponse, Problem> {
    let found = all.dictionaries.get(name.as_str()).or_refuse(&NO_SUCH_DICTIONARY)?;
    let items = found.entries.iter().map(|(value, en, zh)| DictionaryEntry {
        value: (*value).to_owned(),
        label: (if who.chinese() { *zh } else { *en }).to_owned(),
        label_en: (*en).to_owned(),
        label_zh: (*zh).to_owned(),
    });
    Ok(HttpResponse::Ok().json(DictionaryView { name: found.name.to_owned(), items: items.collect() }))
}

/// A code that a problem may carry.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorCodeView {
    /// The code.
    code: String,
    /// The HTTP status it goes with.
    #[schema(minimum = 400, maximum = 599)]
    status: i32,
    /// What it says to this reader.
    title: String,
    /// What it says in English.
    title_en: String,
    /// What it says in Chinese.
    title_zh: String,
}

impl ErrorCodeView {
    fn of(code: &ErrorCode, chinese: bool) -> Self {
        Self {
            code: code.code.to_owned(),
            status: status_of(code.kind).as_u16().into(),
            title: sentence(code, chinese).to_owned(),
            title_en: code.en.to_owned(),
            title_zh: code.zh.to_owned(),
        }
    }
}

/// The page of codes.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorCodeList {
    /// Every code, in alphabetical order.
    items: Vec<ErrorCodeView>,
}

/// List every code that a problem may carry.
#[utoipa::path(operation_id = "web_list_error_codes", tag = "platform", responses((status = 200, body = ErrorCodeList, description = "Every code")),
    extensions(("x-permission" = json!("public"))))]
#[get("/error-codes")]
async fn list_error_codes(who: Public, all: Data<Catalogue>) -> Result<HttpResponse, Problem> {
    let items = all.codes.values().map(|c| ErrorCodeView::of(c, who.chinese)).collect();
    let mut response = HttpResponse::Ok();
    response.insert_header((CACHE_CONTROL, "no-cache")).insert_header((VARY, "Accept-Language"));
    Ok(response.json(ErrorCodeList { items }))
}

/// What is no operation of the API: probes, documents, their viewer, the pages that problems point to.
pub(crate) fn probes(cfg: &mut ServiceConfig) {
    let viewer = Config::from("/openapi.json")
        .validator_url("none")
        .display_operation_id(true)
        .deep_linking(true)
        .persist_authorization(false);
    cfg.service(web::resource("/healthz").guard(actix_web::guard::Get()).to(healthz))
        .service(web::resource("/readyz").guard(actix_web::guard::Get()).to(readyz))
        .service(web::resource("/metrics").guard(actix_web::guard::Get()).to(metrics_text))
        .service(web::resource("/openapi.json").guard(actix_web::guard::Get()).to(openapi))
        .service(web::resource("/openapi-3.0.json").guard(actix_web::guard::Get()).to(openapi_3_0))
        .service(web::resource("/openapi-enums.json").guard(actix_web::guard::Get()).to(openapi_enums))
        .service(web::resource("/problems").guard(actix_web::guard::Get()).to(problems))
        .service(web::resource("/problems/{code}").guard(actix_web::guard::Get()).to(problem_page))
        .service(web::resource("/docs").guard(actix_web::guard::Get()).to(to_docs))
        .service(SwaggerUi::new("/docs/{_:.*}").config(viewer))
        .default_service(web::to(nothing_here));
}

async fn healthz() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "status": "alive" }))
}

async fn readyz(req: HttpRequest, shared: Data<Shared>) -> Result<HttpResponse, Problem> {
    let realm = shared.gateway.realms.realm(&req)?;
    if shared.stopping.load(Ordering::Acquire) || !realm.db.is_ready().await {
        return Err(Problem::from(&kernel::error::UNAVAILABLE));
    }
    Ok(HttpResponse::Ok().json(json!({ "status": "ready" })))
}

async fn metrics_text(shared: Data<Shared>) -> Result<HttpResponse, Problem> {
    let text = shared.metrics.as_ref().or_refuse(&NO_SUCH_PATH)?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8"))
        .body(text()))
}

fn json_text(text: &str) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/json"))
        .insert_header((CACHE_CONTROL, "no-cache"))
        .body(text.to_owned())
}

async fn openapi(published: Data<Published>) -> HttpResponse {
    json_text(&published.documents().openapi)
}

async fn openapi_3_0(published: Data<Published>) -> HttpResponse {
    json_text(&published.documents().openapi_3_0)
}

async fn openapi_enums(published: Data<Published>) -> HttpResponse {
    json_text(&published.documents().openapi_enums)
}

async fn problems(who: Public, all: Data<Catalogue>) -> HttpResponse {
    let items = all.codes.values().map(|c| ErrorCodeView::of(c, who.chinese)).collect();
    HttpResponse::Ok().json(ErrorCodeList { items })
}

async fn problem_page(
    who: Public,
    code: Path<String>,
    all: Data<Catalogue>,
) -> Result<HttpResponse, Problem> {
    let code = all.codes.get(code.as_str()).or_refuse(&NO_SUCH_PATH)?;
    Ok(HttpResponse::Ok().json(ErrorCodeView::of(code, who.chinese)))
}

async fn to_docs() -> HttpResponse {
    HttpResponse::PermanentRedirect().insert_header((LOCATION, "/docs/")).finish()
}

/// 404, or 405 with `Allow` where the path is there and the method is not.
async fn nothing_here(req: HttpRequest, shared: Data<Shared>) -> Result<HttpResponse, Problem> {
    let Some(methods) = shared.routes.methods(req.path()) else {
        return Err(Problem::from(&NO_SUCH_PATH));
    };
    let problem = Problem::from(&METHOD_NOT_ALLOWED);
    Err(match methods.parse() {
        Ok(value) => problem.header(actix_web::http::header::ALLOW, value),
        Err(_) => problem,
    })
}
