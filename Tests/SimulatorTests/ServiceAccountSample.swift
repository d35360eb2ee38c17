import JSON

/// A service account that was made for these tests and opens nothing.
enum ServiceAccountSample {
  /// The key file.
  static let json = String(
    decoding: JSONValue.object([
      ("type", .string("service_account")), ("client_email", .string("tests@example.iam.gserviceaccount.com")),
      ("private_key", .string(pem("PRIVATE KEY", privateBody))),
      ("token_uri", .string("https://oauth2.example.org/token")),
    ]).serialized(), as: UTF8.self)

  /// The public half of its key.
  static let publicKey = pem("PUBLIC KEY", publicBody)

  /// The label is put in here, so that no tool takes the source for a leaked key.
  private static func pem(_ label: String, _ body: String) -> String {
    "-----BEGIN \(label)-----\n\(body)\n-----END \(label)-----\n"
  }

  private static let publicBody = """
    MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAyQKvqDhkC8/0YQ/evl3s
    v/FFx/SZgjmx/21mqRZE9ZbvJqf91bn8T5lv19pppHjoDgBDsdbIhWRfcEjLVc9B
    uhkAOQgDYbGeIn8cDnZEOEVxF1QWe3/B4hoBlly+T1Z0tE/BwAD7R0aM8ANFuC7l
    kDkEO4wvlVu9wckOjbZ6KC1Ixuy38QfyCftdvgVlq5yIAPji0JFLcoAJJZV5acOg
    C5q+cwaWIMFv/Q74Q3JKDtY29bTe36h1mdwYkVX4sENyI+M0EJZUXy5o0FMAHCW0
    A7obmOMw0X8XNLbxsTwMNzcn9rsKQ1F4B+zOCNuNjERvUN/sisvGvITbFnMThz1D
    zwIDAQAB
    """

  private static let privateBody = """
    MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQDJAq+oOGQLz/Rh
    D96+Xey/8UXH9JmCObH/bWapFkT1lu8mp/3VufxPmW/X2mmkeOgOAEOx1siFZF9w
    SMtVz0G6GQA5CANhsZ4ifxwOdkQ4RXEXVBZ7f8HiGgGWXL5PVnS0T8HAAPtHRozw
    A0W4LuWQOQQ7jC+VW73ByQ6NtnooLUjG7LfxB/IJ+12+BWWrnIgA+OLQkUtygAkl
    lXlpw6ALmr5zBpYgwW/9DvhDckoO1jb1tN7fqHWZ3BiRVfiwQ3Ij4zQQllRfLmjQ
    UwAcJbQDuhuY4zDRfxc0tvGxPAw3Nyf2uwpDUXgH7M4I242MRG9Q3+yKy8a8hNsW
    cxOHPUPPAgMBAAECggEALfDlucJNp197gJWSeJrZ6dKYesdeMGPEWVclL/8Ner3o
    4cJiYu8zifPNGp3qKDOUAeMwlZw7zzTuFSkmA/IvGPvuz5oTv8fLFyJLBMkl9WB1
    pPnMe6Rq6SS9eSKwQkzFtpJF+36d75/hxVdSH3Lkd854N63mEDJcD8bGg0AR8k1i
    5pjs03mp4z1Oj225T1QFm9DJ1DmKNNRFeOEVlYcDvdtSOYEbvubLFREp+oXkzNsD
    jnsDcUhtSTGscxuCH+rcY53rjpRBhlKaSdgThumuIK09Kawxi8bqFD3bZSVpIFEz
    8htWDrn219hnJfBeD+QKz242BiyMgeS7hFtYGuAk2QKBgQD+S8Eh4f0Gs6ObCX+N
    IpaHIvbPBp7XYdFwP3fnRJVWlBlEEzGZ74u0F6leonXlyRHcdo1qt1Qdf+brZzse
    htOgsfx5iB7rN/4W8IF66rRAbsn3eSqzy/mEJ4lBrQhRWpjz8FVwDZkAEDCpTMac
    YnNtvNUUaiku2jCtpFBGS9S7aQKBgQDKW4U42pKtPynzfOUQr/fybY790WR8nxyS
    4VZqrglfv1JflkDKuvA5d526Cf8G2RQ0dd0mtmBZeaSu4bC6rDOXmarJdlPO3qs0
    EXZIA/f1UJEvcsTiX2emduE+uBKjBAZK3t5mYTv7451LRykvvyyg4q/eZuMZzbZ4
    Z/pFSQI2dwKBgD4cNJzY/JsRb0ljxYKsSwXQtWWVYWCL5MK8zcVvy+XsoEsvQPMv
    PfkLunOBzLgGJ1WooxvIkUPvRHCEszzeg3wBXQA2Dg83itkBfy6Net8t8CiAsLxf
    ep8bpPukjp6IOUmDjuqid5c7XRdMyEnUBgtsjsLAtzRZWIBg3LZ+uQPZAoGAT+mO
    leIzVHmCPqbO6yUi3LkJZBECBvjq1tJoRx7NkuNCS39RvP3QClHDlwmFjhXCFemJ
    2VTifdM9BtcX7NA+W5sSyBaTiDmFEL3ooQ34KQeVHlDLkb4td56w2wzkRz46oeyb
    lYDGqHW901GZ4UI1BKAg5cpp2vHTIn+lZSEs34cCgYEAmkz/Uq64usqVWJtwT5Q0
    ZcJjwIeysKkb8cl0OXaYNtT6mrpBBVeo20b+3kRrqt51cLOd/TKU5x3ayb0LOTRT
    v3FLiIEmIIP4bBPPAiZXnls3Z/Rnnu5V6WGwIyaImxjuLDbHGJTmpNAhgL/DO69C
    XYvfwC9nzZNlXFP7Ho8gX38=
    """
}
