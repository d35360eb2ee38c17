"""Configurations for the tests. YAML takes JSON, so they are plain dictionaries."""

import json

#: None of these may ever appear in a log or in an answer.
SECRETS = {
    "alpha": "sk-canary-alpha-4f1e9b7c2d8a6035",
    "beta": "sk-canary-beta-91c3d5e7f2a4b688",
    "exact": "sk-canary-exact-0a2b4c6d8e1f3579",
    "header": "canary-header-77aa55cc33ee11bb",
    "user": "sk-canary-user-6b8d0f2a4c6e8a1c",
    "narrow": "sk-canary-narrow-5d7f9b1d3f5a7c9e",
    "management": "sk-canary-management-2c4e6a8c0e2a4c6e",
}

USER = SECRETS["user"]
NARROW = SECRETS["narrow"]
MANAGEMENT = SECRETS["management"]

#: USD per million tokens. Chosen so that floating point would show.
PRICE = {"prompt": 0.15, "completion": 0.6}
#: So dear that the draw by price takes the other endpoint, as far as any test will ever see.
DEAR_PRICE = {"prompt": 3, "completion": 71000}

TOOL_PARAMETERS = [
    "tools", "tool_choice", "parallel_tool_calls", "temperature", "top_p", "max_tokens", "stop", "seed",
    "response_format", "structured_outputs", "logprobs", "top_logprobs",
]

#: Faults of a provider before anything of its answer could be passed on.
EARLY_FAULTS = [
    "status=500", "status=502", "status=503", "status=529", "status=504", "status=401", "status=403", "status=404",
    "status=429,retry-after=7", "html", "empty", "error-200", "garbage", "credentials", "redirect",
]
#: Faults that say that our credentials are wrong. They are held against the whole provider.
CREDENTIAL_FAULTS = ["status=401", "status=403", "credentials"]
#: Faults after which the same endpoint is asked once more when it is the last one.
REPEATABLE_FAULTS = ["status=500", "status=502", "status=503", "status=529"]
#: Faults that are the request's and not the provider's.
REFUSALS = ["status=400", "moderation", "context-length"]
#: Faults in the middle of a stream.
LATE_FAULTS = ["cut=5", "stall=5", "reset=5", "malformed=5", "error-event=3", "no-finish", "wrong-length=10"]
#: Peculiarities that a complete answer may have.
HARMLESS = ["no-done", "no-usage", "usage-in-chunks", "crlf", "comments", "gzip", "split"]


#: Limits of a gateway that a busy machine keeps from no request: how long its loops wait for a processor is not the tests'.
UNHURRIED = {"lag_ms": 600_000}
#: Tokens of `test/slow`: more than anybody waits for.
SLOW_TOKENS = 2000

#: Tokens: more than the largest body that any test sends could hold.
CONTEXT = 10_000_000


def slug(fault):
    """The part of a model id that stands for a fault."""
    return fault.replace("=", "-").replace(",", "-")


def model(identity, *endpoints, **more):
    return {"id": identity, "context_length": CONTEXT, "endpoints": list(endpoints), **more}


def endpoint(provider, upstream_model="echo", price=None, **more):
    return {
        "provider": provider, "upstream_model": upstream_model, "pricing": price or PRICE,
        "supported_parameters": TOOL_PARAMETERS, **more,
    }


def provider(identity, url, **more):
    return {
        "slug": identity, "name": identity.capitalize(), "dialect": "openai", "base_url": url + "/v1",
        "api_key": SECRETS.get(identity, "sk-nobody-cares-000000"), **more,
    }


def numbered(name, number):
    """The name of a spare of a model or a provider; number 0 is the first of its kind."""
    return f"{name}.{number}" if number else name


def fault_models(spares):
    """Every fault on a provider that stands alone, and on the cheaper one of two."""
    models = []
    for fault in [*EARLY_FAULTS, *REFUSALS, *LATE_FAULTS, *HARMLESS, "hang", "slow-loris"]:
        for number in range(spares + 1):
            name = numbered("keyless", number) if fault in CREDENTIAL_FAULTS else "alpha"
            models.append(model(numbered(f"alone/{slug(fault)}", number), endpoint(name, f"echo+{fault}")))
            models.append(
                model(
                    numbered(f"rescued/{slug(fault)}", number), endpoint(name, f"echo+{fault}"),
                    endpoint("beta", "echo", DEAR_PRICE)))
    return models


def configuration(alpha, beta, exact, folder, spares=0, exact_spares=0, **more):
    """The configuration that most tests use. `spares` and `exact_spares`: further models like those with a fault and like
    `test/exact`, since a gateway remembers what happened at an endpoint."""
    providers = [provider("alpha", alpha), provider("beta", beta), provider("exact", exact)]
    providers[0]["headers"] = {"x-extra": SECRETS["header"]}
    providers[1]["data_policy"] = {"training": False, "retention_days": 0, "zdr": True}
    models = [
        model("test/echo", endpoint("alpha"), name="Echo", aliases=["echo"], created=1700000000),
        model("test/beta", endpoint("beta", price=DEAR_PRICE)),
        model("test/both", endpoint("alpha"), endpoint("beta", price=DEAR_PRICE)),
        model("test/priceless", {"provider": "alpha", "upstream_model": "echo"}),
        model("test/image", endpoint("alpha"), input_modalities=["text", "image", "audio"]),
        model("test/plain", endpoint("alpha", supported_parameters=["temperature", "max_tokens"])),
        model("test/slow", endpoint("alpha", f"echo+tokens={SLOW_TOKENS},tps=20")),
        model("test/late", endpoint("alpha", "echo+ttft=600000")),
        model("test/tens", endpoint("alpha", "echo+tokens=10,tps=0")),
        model("test/exact", endpoint("exact", "exact-1")),
        *[model(numbered("test/exact", number), endpoint("exact", "exact-1")) for number in range(1, exact_spares + 1)],
        model("test/exact-images", endpoint("exact", "exact-1", {"prompt": 1, "completion": 2, "image": 0.001}),
              input_modalities=["text", "image"]),
        model("test/nowhere", endpoint("nowhere"), endpoint("beta", price=DEAR_PRICE)),
        model("test/nowhere-alone", endpoint("nowhere")),
        model("test/embed", endpoint("alpha"), output_modalities=["embeddings"]),
        *fault_models(spares),
    ]
    providers.append(provider("nowhere", "http://127.0.0.1:9"))
    providers += [provider(numbered("keyless", number), alpha) for number in range(spares + 1)]
    base = {
        "server": {"listen": "127.0.0.1:0", "cors_origins": ["http://localhost:3000"],
                   "limits": {"body_bytes": 4_194_304, **UNHURRIED}, "drain_seconds": 30},
        "access": {
            "require_key": True,
            "management_keys": [MANAGEMENT],
            "keys": [
                {"name": "user", "key": USER},
                {"name": "narrow", "key": NARROW, "allowed_models": ["test/echo"], "allowed_providers": ["alpha"]},
            ],
        },
        "storage": {"url": f"sqlite:{folder}/patchbay.db"},
        "routing": {
            "timeouts": {
                "connect_ms": 5000, "first_token_ms": 4000, "first_token_fallback_ms": 2500, "idle_ms": 3000,
                "idle_fallback_ms": 3000, "total_ms": 60000,
            },
        },
        "providers": providers,
        "models": models,
    }
    return {**base, **more}


def write(folder, document, name="patchbay.yaml"):
    """Writes a configuration and returns its path."""
    path = folder / name
    path.write_text(document if isinstance(document, str) else json.dumps(document, indent=1))
    return path
