extension HelpTopic {
  private static let configurationText = """
    Without --config the configuration is $PATCHBAY_CONFIG, ./patchbay.yaml, or
    $XDG_CONFIG_HOME/patchbay/patchbay.yaml ($HOME/.config when that is not set).
    Without any file, well-known keys in the environment (OPENAI_API_KEY, ANTHROPIC_API_KEY,
    OPENROUTER_API_KEY, GEMINI_API_KEY, ...) are the configuration.
    """

  /// Of `serve`.
  static let serveText = """
    Usage: patchbay serve [--config FILE] [--listen HOST:PORT]

    Runs the gateway in the foreground and logs to the standard error. SIGTERM and SIGINT finish
    the requests in flight and exit with 0. SIGHUP reads the configuration again; an invalid one
    changes nothing.

      --config FILE        the configuration
      --listen HOST:PORT   where to listen; wins over $PATCHBAY_LISTEN and the file

    \(configurationText)
    An address that is not loopback always needs keys. When there are none, one for requests
    and one for administration are made, stored and printed once.

    Examples:
      patchbay serve
      patchbay serve --config /etc/patchbay/patchbay.yaml
      patchbay serve --listen 0.0.0.0:8080

    """

  /// Of `check`.
  static let checkText = """
    Usage: patchbay check [--config FILE] [--json]

    Reads a configuration and prints every problem as FILE:LINE:COLUMN: message (remedy).
    Exits with 0 when it is valid, with 1 when it is not. Nothing is started or contacted.

      --config FILE   the configuration
      --json          one JSON object: valid, problems, warnings and a summary

    \(configurationText)

    Example:
      patchbay check --config patchbay.yaml

    """

  /// Of `route`.
  static let routeText = """
    Usage: patchbay route --model ID [--request FILE] [--config FILE] [--json]

    Prints the attempts that a request would make, in order, each with the reason for its place,
    and every endpoint left out with the rule it fails. Nothing is sent. Every endpoint counts as
    healthy and unmeasured; a running gateway also goes by what it has seen of them.
    Exits with 1 when nothing could serve the request.

      --model ID       the model; wins over the one in the request
      --request FILE   the body of a request as JSON; without it a short chat is taken
      --config FILE    the configuration
      --json           one JSON object: strategy, seed, attempts and excluded, or error

    \(configurationText)

    Examples:
      patchbay route --model openai/gpt-4o
      patchbay route --model openai/gpt-4o:floor --request body.json

    """

  /// Of `routes`.
  static let routesText = """
    Usage: patchbay routes [--json]

    Lists every route of the HTTP interface with its method, who may use it, and what it is for.
    ACCESS: open, without a key; key, every key; user, user keys; management, management keys.
    What begins with /v1/ is also there under /api/v1/.

      --json   an array of objects with method, path, aliases, access and purpose

    Example:
      patchbay routes

    """

  /// Of `doctor`.
  static let doctorText = """
    Usage: patchbay doctor [--config FILE] [--json] [--faults]

    Looks at everything the gateway needs: a valid configuration, a key for every provider,
    providers that answer (one request for the list of models each, which costs nothing), the
    clock, the store, the limit of open files, and the port. Prints what to do about what is
    wrong. Exits with 1 when something fails; a warning alone is no failure.

      --config FILE   the configuration
      --json          one JSON object: ok, and checks with name, outcome, detail and remedy
      --faults        plays failures of providers instead: rate limits, outages, silence, broken
                      streams, refusals. The simulator stands in for every provider; nothing is
                      sent to a real one. Prints what a caller of your models would get, with
                      your configuration. Takes less than half a minute; exits with 1 when an
                      answer is lost or is not what it looks like

    \(configurationText)

    Examples:
      patchbay doctor
      patchbay doctor --faults --config patchbay.yaml

    """

  /// Of `health`.
  static let healthText = """
    Usage: patchbay health [--config FILE] [--listen HOST:PORT] [--url URL]

    Asks the gateway on this machine for GET /health. Exits with 0 when it answers 200, else
    with 1. Made for the health checks of containers and service managers.

      --config FILE        the configuration, for its server.listen
      --listen HOST:PORT   where the gateway listens; wins over $PATCHBAY_LISTEN and the file
      --url URL            what to ask instead

    Example:
      patchbay health && echo up

    """

  /// Of `models`.
  static let modelsText = """
    Usage: patchbay models list [--config FILE] [--json]
           patchbay models import --from FILE|URL [--to FILE]

    list prints the models that a configured provider serves, with the price of the cheapest
    endpoint in USD per million tokens; '-' is unknown.

      --config FILE   the configuration
      --json          an array of objects

    \(configurationText)

    import reads what OpenRouter's /api/v1/models, or /api/v1/models/ID/endpoints, answers and
    makes a catalogue file of it, with exact prices. Name that file in the configuration
    ('catalog: FILE') to use it.

      --from FILE|URL   what to read; http:// and https:// are fetched
      --to FILE         what to write; default: the standard output

    Examples:
      patchbay models list
      patchbay models import --from https://openrouter.ai/api/v1/models --to openrouter.yaml

    """

  /// Of `simulate`.
  static let simulateText = """
    Usage: patchbay simulate [OPTIONS]

    Runs a provider that answers in the format of every dialect with made-up text: for trying out routing,
    failures and clients without a key and without cost. A provider's base_url is
    http://127.0.0.1:9100 and /v1 (openai, openai-responses, anthropic), /v1beta (gemini),
    /v1/projects/P/locations/L (vertex), /openai (azure), /v2 (cohere), /api (ollama) or nothing (bedrock).

      --listen HOST:PORT       default: 127.0.0.1:9100
      --models NAME,NAME       the models it offers; default: echo,lorem,embedding
      --ttft-ms MS             time to the first token; default: 150
      --tokens-per-second N    speed of an answer, 0: as fast as possible; default: 60
      --answer-tokens N        length of a made-up answer; default: what was asked, echoed
      --fail-rate 0.1          part of the requests that fail, from 0 to 1; default: 0
      --fail-status STATUS     the status of a failed request, from 400 to 599; default: 503
      --script FILE            says what happens to each request
      --api-key KEY            the only key it accepts; default: none is asked for
      --aws-access-key ID      with --aws-secret-key: checks the signatures of Bedrock's requests
      --aws-secret-key KEY     the other half of that key
      --google-public-key FILE checks the signatures of requests for Google's access tokens; PEM
      --token-seconds N        life of those tokens; default: 3600
      --seed N                 makes chance repeatable; default: 1
      --json-log               prints every request it receives as a line of JSON

    Examples:
      patchbay simulate
      patchbay simulate --ttft-ms 300 --tokens-per-second 50 --fail-rate 0.2 --fail-status 503

    """
}
