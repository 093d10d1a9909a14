"""Django's settings, read from the environment alone; ``config.environment`` declares every variable.

The defaults are those of production. ``make run`` turns TSUNAGU_HTTPS off for loopback HTTP without a proxy.
"""

from __future__ import annotations

import os
from typing import Final

from django.utils.translation import gettext_lazy as _

from config.environment import BASE_DIR, USUAL_PORT, read_environment
from config.environment.database import database_settings
from config.secret import kept_key

ENV: Final = read_environment(os.environ)
PROCESS: Final[str] = ENV["TSUNAGU_PROCESS"]
LOCAL_DIR: Final = ENV["LOCAL_DIR"]
HTTPS: Final[bool] = ENV["TSUNAGU_HTTPS"]
PROXIES: Final[int] = ENV["TSUNAGU_PROXIES"]
TESTING: Final = PROCESS == "test"

DEBUG = ENV["DEBUG"]
SECRET_KEY = ENV["SECRET_KEY"] or kept_key(LOCAL_DIR)
SECRET_KEY_FALLBACKS = ENV["SECRET_KEY_FALLBACKS"]
PERSON_KEY: Final[str] = ENV["TSUNAGU_PERSON_KEY"] or SECRET_KEY
ALLOWED_HOSTS = ENV["ALLOWED_HOSTS"]
PORT = ENV["PORT"]
ADMIN_MOUNTED = ENV["TSUNAGU_ADMIN"]
DEMO = ENV["TSUNAGU_DEMO"]
BACKUP = ENV["TSUNAGU_BACKUP"]
BACKUPS_KEPT = ENV["TSUNAGU_BACKUPS_KEPT"]
HISTORY_DAYS = ENV["TSUNAGU_HISTORY_DAYS"]
BACKUP_FOLDER = ENV["TSUNAGU_BACKUP_FOLDER"]
DATA_FOLDER = ENV["TSUNAGU_DATA_FOLDER"]
DISK_RESERVE = ENV["TSUNAGU_DISK_RESERVE"]
METRICS_TOKEN = ENV["TSUNAGU_METRICS_TOKEN"]

# Apps, in the order of the import rule: each may import those above it.
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django.contrib.admin",
    "django.forms",
    "allauth",
    "allauth.account",
    "csp",
    "django_htmx",
    "lucide",
    "rest_framework",
    "drf_spectacular",
    "config.apps.GroundConfig",
    "config.outbox.apps.OutboxConfig",
    "config.setaside.apps.SetAsideConfig",
    "config.once.apps.OnceConfig",
    "config.limits.apps.LimitsConfig",
    "config.backup.apps.BackupConfig",
    "config.history.apps.HistoryConfig",
    "accounts.apps.AccountsConfig",
    "health.apps.HealthConfig",
    "renewals.apps.RenewalsConfig",
    "playbooks.apps.PlaybooksConfig",
    "config.demo.apps.DemoConfig",
]

MIDDLEWARE = [
    "config.probes.ProbeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "config.headers.PermissionsPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.headers.NoStoreMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "accounts.middleware.TokenMiddleware",
    "accounts.middleware.SignInRequiredMiddleware",
    "accounts.middleware.PreferencesMiddleware",
    "config.limits.middleware.ApiLimitMiddleware",
    "config.history.middleware.ActorMiddleware",
    "config.disk.RoomMiddleware",
    "config.errors.ReadableAddressMiddleware",
    "accounts.middleware.GuardMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "config.once.pressing.OnceMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "libraries": {"ui": "config.web.tags"},
            # Every form that writes carries a one-time key beside its token.
            "builtins": ["config.once.marking"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.ui.context.shell",
            ],
        },
    },
]

FORM_RENDERER = "config.ui.fields.Renderer"

# PostgreSQL is the truth.
DATABASES = {"default": database_settings(ENV["DATABASE_URL"], PROCESS)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Sessions, cache and limits live in PostgreSQL: no page ever waits for Redis.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache_entry",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = ENV["TSUNAGU_SESSION_HOURS"] * 3600

# Signing in: by email only; people are invited, nobody signs up.
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
if TESTING:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
AUTH_PASSWORD_VALIDATORS[1]["OPTIONS"] = {"min_length": 10}  # type: ignore[assignment]
AUTH_PASSWORD_VALIDATORS.append({"NAME": "config.demo.published.NotPublished"})
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "accounts.adapter.Adapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
# accounts.guarding limits tries, here and in Django's admin, by counters that many at once cannot slip past.
ACCOUNT_RATE_LIMITS = False
ALLAUTH_TRUSTED_PROXY_COUNT = PROXIES

# Languages and time. The organisation's own zone decides the day: config.clock.
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = True
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("ja", _("Japanese"))]
LOCALE_PATHS = [BASE_DIR / "locale"]

STATIC_URL = "/static/"
STATIC_ROOT = LOCAL_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_STORAGE: Final = (
    "django.contrib.staticfiles.storage.StaticFilesStorage"
    if TESTING
    else "whitenoise.storage.CompressedManifestStaticFilesStorage"
)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": STATIC_STORAGE},
}
MEDIA_ROOT = LOCAL_DIR / "media"
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = TESTING

# What a browser is told.
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PROXIES else None
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# Without HTTPS the site is this machine's alone. Browsers tell its ports no cookies apart: a second installation names its own.
COOKIE_PREFIX: Final = "__Host-" if HTTPS else "" if PORT == USUAL_PORT else f"{PORT}-"
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}session"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
DEVICE_COOKIE_NAME = f"{COOKIE_PREFIX}device"
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}csrf"
CSRF_FAILURE_VIEW = "config.errors.csrf_failure"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}

# What a browser may send.
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000
DATA_UPLOAD_MAX_NUMBER_FILES = 100
# Files come in pieces of so many bytes (accounts.uploads), the last one shorter.
UPLOAD_PIECE = 8 * 2**20

API_A_MINUTE = 1_200
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "config.web.api.signing_in.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["config.web.api.parsing.StrictJSONParser"],
    "DEFAULT_PAGINATION_CLASS": "config.web.api.walking.Pages",
    "URL_FORMAT_OVERRIDE": None,
    "DEFAULT_SCHEMA_CLASS": "config.web.api.describing.OperationSchema",
    "EXCEPTION_HANDLER": "config.web.api.problems.problem",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Tsunagu",
    "DESCRIPTION": "Customers, their health, renewals and plays.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "config.web.api.schema.with_problems",
    ],
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    # Several models have a field of the same name with choices of its own.
    "ENUM_NAME_OVERRIDES": {
        "CaseKindEnum": "health.models.case_rules.CaseKind",
        "TouchpointKindEnum": "accounts.models.touchpoints.Touchpoint.Kind",
        "CustomerStageEnum": "accounts.models.customers.Stage",
        "RenewalStageEnum": "renewals.models.renewals.RenewalStage",
        "TaskOutcomeEnum": "playbooks.models.tasks.TaskOutcome",
        "ForecastCategoryEnum": "renewals.models.renewals.ForecastCategory",
    },
}

EMAIL_BACKEND = ENV["EMAIL_URL"].get("BACKEND")
EMAIL_FILE_PATH = LOCAL_DIR / "mail"
EMAIL_HOST = ENV["EMAIL_URL"].get("HOST", "localhost")
EMAIL_PORT = ENV["EMAIL_URL"].get("PORT", 25)
EMAIL_HOST_USER = ENV["EMAIL_URL"].get("HOST_USER", "")
EMAIL_HOST_PASSWORD = ENV["EMAIL_URL"].get("HOST_PASSWORD", "")
EMAIL_USE_TLS = ENV["EMAIL_URL"].get("USE_TLS", False)
EMAIL_USE_SSL = ENV["EMAIL_URL"].get("USE_SSL", False)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = SERVER_EMAIL = ENV["TSUNAGU_EMAIL_FROM"]

# Carries ids from the relay to the workers; the web server never opens it.
REDIS_URL = ENV["REDIS_URL"] or "redis://localhost:6379/0"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"refused": {"()": "config.logs.Refused"}},
    "formatters": {"line": {"()": "config.logs.Discreet", "format": "%(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["refused"]}},
    "root": {"handlers": ["stderr"], "level": ENV["TSUNAGU_LOG_LEVEL"]},
    "loggers": {"django": {"handlers": [], "level": ENV["TSUNAGU_LOG_LEVEL"], "propagate": True}},
}
