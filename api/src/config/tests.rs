use super::*;

fn env(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
}

#[test]
fn an_unknown_variable_is_refused_by_name() {
    let refused = Settings::from_sources(None, &env(&[("COMMONWEAL_LISTN", "127.0.0.1:1")])).unwrap_err();
    assert!(refused.contains("COMMONWEAL_LISTN"), "{refused}");
}

#[test]
fn an_unknown_key_of_the_file_is_refused() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "lisen = \"127.0.0.1:1\"\n").unwrap();
    let refused = Settings::from_sources(Some(file.path()), &env(&[])).unwrap_err();
    assert!(refused.contains("lisen"), "{refused}");
}

#[test]
fn the_environment_wins_over_the_file() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "listen = \"127.0.0.1:1\"\nrealm = \"hengli\"\n").unwrap();
    let settings =
        Settings::from_sources(Some(file.path()), &env(&[("COMMONWEAL_LISTEN", "127.0.0.1:2")])).unwrap();
    assert_eq!((settings.listen.port(), settings.realm.as_str()), (2, "hengli"));
}

#[test]
fn numbers_outside_their_range_are_refused() {
    for (key, value) in
        [("COMMONWEAL_GROUP_COMMIT", "0"), ("COMMONWEAL_DB_QUEUE", "x"), ("COMMONWEAL_LISTEN", "here")]
    {
        assert!(Settings::from_sources(None, &env(&[(key, value)])).is_err(), "{key}");
    }
}

#[test]
fn what_is_no_sound_setting_is_refused_in_a_sentence_that_names_it() {
    for (variable, value, told) in [
        ("COMMONWEAL_CORS_ORIGINS", "*", "cors_origins"),
        ("COMMONWEAL_CORS_ORIGINS", "https://town.example,null", "\"null\""),
        ("COMMONWEAL_CORS_ORIGINS", "town.example", "cors_origins"),
        ("COMMONWEAL_CORS_ORIGINS", "https://town.example/", "cors_origins"),
        ("COMMONWEAL_CORS_ORIGINS", "https://town.example/app", "cors_origins"),
        ("COMMONWEAL_CORS_ORIGINS", "https://Town.example", "cors_origins"),
        ("COMMONWEAL_CORS_ORIGINS", "https://town.example:443", "cors_origins"),
        ("COMMONWEAL_CORS_ORIGINS", "https://a@town.example", "cors_origins"),
        ("COMMONWEAL_CORS_ORIGINS", "https://*.example", "cors_origins"),
        ("COMMONWEAL_CORS_ORIGINS", "ftp://town.example", "cors_origins"),
        ("COMMONWEAL_REALM", "", "realm"),
        ("COMMONWEAL_REALM", "two words", "realm"),
        ("COMMONWEAL_REALM", "横沥", "realm"),
        ("COMMONWEAL_ADMIN_LOGIN", "two words", "admin_login"),
        ("COMMONWEAL_ADMIN_LOGIN", "", "admin_login"),
        ("COMMONWEAL_DATA_DIR", "", "data_dir"),
        ("COMMONWEAL_TIME_ZONE", "Mars/Base", "time_zone"),
        ("COMMONWEAL_LOG", "info,storage=loud", "log"),
        ("COMMONWEAL_LOG_FORMAT", "xml", "log_format"),
        ("COMMONWEAL_PLUGINS_OFF", "gird", "gird"),
        ("COMMONWEAL_PLUGINS_OFF", "identity", "identity"),
        ("COMMONWEAL_RATE_PER_SECOND", "1000001", "rate_per_second"),
        ("COMMONWEAL_ACCESS_TOKEN_MINUTES", "61", "access_token_minutes"),
        ("COMMONWEAL_DEMO", "perhaps", "demo"),
        ("DATABASE_URL", "mysql://town", "DATABASE_URL"),
    ] {
        let refused = Settings::from_sources(None, &env(&[(variable, value)])).expect_err(value);
        assert!(refused.contains(told), "{variable}={value}: {refused}");
        assert!(!refused.contains("internal"), "{refused}");
    }
    for (variable, value) in [
        ("COMMONWEAL_CORS_ORIGINS", "https://town.example, http://localhost:5173,http://[::1]:3000"),
        ("COMMONWEAL_REALM", "https://commonweal.hengli.example/"),
        ("COMMONWEAL_LOG", "info,storage=debug"),
        ("COMMONWEAL_RATE_PER_SECOND", "0"),
        ("COMMONWEAL_PLUGINS_OFF", ""),
    ] {
        assert!(Settings::from_sources(None, &env(&[(variable, value)])).is_ok(), "{variable}={value}");
    }
}

#[test]
fn a_collector_is_named_only_where_traces_can_be_sent_and_by_a_sound_address() {
    let of = |url: &str| Settings::from_sources(None, &env(&[("COMMONWEAL_OTLP_ENDPOINT", url)]));
    assert!(of("").is_ok_and(|s| s.otlp_endpoint.is_none()));
    if cfg!(feature = "otel") {
        assert!(of("http://127.0.0.1:4318").is_ok_and(|s| s.otlp_endpoint.is_some()));
        for bad in ["127.0.0.1:4318", "https://collector", "http://a:b@collector", "http://collector/?x=1"] {
            assert!(of(bad).is_err_and(|e| e.contains("otlp_endpoint")), "{bad}");
        }
    } else {
        assert!(of("http://127.0.0.1:4318").is_err_and(|e| e.contains("--features otel")));
    }
}

#[test]
fn files_lie_in_the_data_folder_unless_a_folder_or_a_bucket_is_named() {
    let of =
        |pairs: &[(&str, &str)]| Settings::from_sources(None, &env(pairs)).map(|settings| settings.files);
    let usual = of(&[("COMMONWEAL_DATA_DIR", "/srv/town")]).unwrap();
    assert_eq!((usual.dir.to_str(), usual.bucket.is_none()), (Some("/srv/town/files"), true));
    assert_eq!((usual.limits.photo_bytes, usual.limits.document_bytes), (20 << 20, 50 << 20));
    let own = [
        ("COMMONWEAL_FILES_DIR", "/mnt/files"),
        ("COMMONWEAL_PHOTO_LIMIT_MIB", "5"),
        ("COMMONWEAL_FILES_PER_DAY", "7"),
    ];
    let own = of(&own).unwrap();
    assert_eq!(
        (own.dir.to_str(), own.limits.photo_bytes, own.limits.files_a_day),
        (Some("/mnt/files"), 5 << 20, 7)
    );
    for bad in ["COMMONWEAL_PHOTO_LIMIT_MIB", "COMMONWEAL_DOCUMENT_LIMIT_MIB", "COMMONWEAL_UPLOAD_SECONDS"] {
        assert!(of(&[(bad, "0")]).is_err(), "{bad}");
        assert!(of(&[(bad, "5000")]).is_err(), "{bad}");
    }
    let bucket = [("COMMONWEAL_FILES_S3_BUCKET", "town")];
    let refused = of(&bucket).err().unwrap();
    if cfg!(feature = "s3") {
        assert!(refused.contains("files_s3_access_key"), "{refused}");
        let key = [("COMMONWEAL_FILES_S3_ACCESS_KEY", "k"), ("COMMONWEAL_FILES_S3_SECRET_KEY", "s")];
        assert!(of(&[bucket.as_slice(), &key].concat()).is_ok_and(|files| files.bucket.is_some()));
    } else {
        assert!(refused.contains("--features s3"), "{refused}");
    }
}

#[test]
fn secrets_are_not_printed() {
    let settings = Settings::from_sources(
        None,
        &env(&[
            ("COMMONWEAL_ADMIN_PASSWORD", "hunter22hunter"),
            ("DATABASE_URL", "postgres://u:topsecret@h/d"),
            ("COMMONWEAL_MASTER_KEYS", "k1:bWFzdGVya2V5"),
        ]),
    )
    .unwrap();
    let printed = format!(
        "{settings:?} {:?} {:?} {:?}",
        settings.database_url, settings.admin_password, settings.master_keys
    );
    for secret in ["hunter22", "topsecret", "bWFzdGVya2V5"] {
        assert!(!printed.contains(secret), "{printed}");
    }
}
