/// Keys that prove nothing: the published one of RFC 7515, appendix A.2, and two that must be refused.
package enum Keys {
  /// The RFC's key, in PKCS #8.
  package static let rfc7515 = pem(
    "PRIVATE KEY",
    """
    MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQCh+BYK4uPJtGXO
    jS1lYmM2K5J9vinh8CR3/BYlzJChNuOL2TSXxbbqY913EeZ8dCn5VrD7io8ImtxL
    aYk8wTM/U+3QGbh3hCUv7JFP5IV3aVlL6kKA0ywPVb9ilE8TA5a8bpvfbr3SvaNn
    juygxmj3AbONv/s4yDQs4v5tJ/reSlpIdJed1LnPmt7Ex1sFhSwsD174pcF1A5L5
    ROjtZMEQxrZHYJqkeDrrnGya11UxMFBji4NmXG9veoKjlnAqH2QbgtPr8jkiGUkf
    toaHLFcW9Qr4NY2ai50Xw0Byj3+H2JoY2PyrZ62EWQwuz3WTOTY8BwNNb2BvniHg
    VFbK5emhAgMBAAECggEAEq5xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyW
    PEAeP88vLNO97IjlA7/GQ5sLKMgvfTeXZx9SE+7YwVol2NXOoAJe46sui395IW/G
    O+pWJ1O0BkTGoVEn2bKVRUCgu+GjBVaYLU6f3l9kJfFNS3E0QbVdxzubSu3Mkqzj
    kn439X0M/V51gfpRLI9JYanrC4D4qAdGcopV/0ZHHzQlBjudU2QvXt4ehNYTCBr6
    XCLQUShb1juUO1ZdiYoFaFQT5Tw8bGUl/x/jTj3ccPDVZFD9pIuhLhBOneufuBiB
    4cS98l2SR/RQyGWSeWjnczT0QU91p1DhOVRuOopznQKBgQDgHMQQ60imZV1URk0K
    pLttoLhyt3SmqdEf/kgHePDdtzEafpAu+cS191R2JiuoF2yzWXnwFDcqGigp5BNr
    0AHQfD8/Lk8l1Mk09jxxCfui5nYooNyac8YFjm3vItzVCVDnEd3BbVWG8qf6deqE
    lMGAg+C2V0L4oNXnP7LZcPAZRwKBgQC5A8R+CZW2MvRTLLHzwZkUXV866cff7tx6
    kqa0finGG0KgeqlaZPxgCZnFp7AeAcCMtiynVlJ7vMVgePsLq6XtON4tB5kP9jAP
    rq3rbAOal78eUH5OcED6eNuCV8ixEu1eWcPNCS/l1OW1EnXUEoEHKl54Xrrz2uNw
    kgMTP1FZ1wKBgAcCn1dwJKufzBWQxWQp1vsM5fggqPN1qGb5y0MAk3g7/Ls5bkUp
    5u9SN0Ai3Ya6hNnvWJMb7sXQX6U/zyO2M/hTip7tUeh7CXgwo59dkpN75gJLVds2
    9+DAncu3KXU4f2Fa+7bLNrur53k8KwPOq2bbuTG69QtV7Jr5MR0AHWKNAoGBAIf/
    evpitUf+4JYbLpvNXWcY052Mpz22aR84mY3nh3F2LF2mjMJDpTg7FmuyPcVw6EcG
    yoAe9fa65iNqCq+jdw6PVNGo2hxfjSiZ8IIzHdsPXI89//pMjZcQK9r+CCoRjaZj
    OYiIDktVWZzmevJuv6WywUqd57LE3Zar3dLSIkx1AoGAIYd7DHOhrWvxkwPQsRM2
    tOgrjbcrfvtQJipd+DlcxyVuuM9sQLdgjVk2oy26F0EmpScGLq2MowX7fhd/QJQ3
    ydy5cY7YIBi87w93IKLEdfnbJtoOPLUW0ITrJReOgo1cq9SbsxYawBgfp/gh6A56
    03k2+ZQwVK0JKSHuLFkuQ3U=
    """)

  /// An RSA key of 1,024 bits.
  package static let short = pem(
    "PRIVATE KEY",
    """
    MIICdwIBADANBgkqhkiG9w0BAQEFAASCAmEwggJdAgEAAoGBAL09YygJX/yra2xP
    LeLsHKJ8QKnA4Eue+I8RZ7VfNjBZZr/ezS7lSCI9We6nuDMn/sqpgTbAxSxppKo+
    VKz3I+TlnQyV62SILDeS6szJ3exnXiPy53irzCzHB1oyvVHWH1HJzcgBqVukrhWG
    C5dcs/6sNqgrz0esmrHRIu79OQEpAgMBAAECgYAC29CJpEqc6IIA6tlImkR8d+AK
    MG2y9r3Oe3bTmJKa/F6++0CiOrhyO/cF0ebIbww8R386MoNH/niMUdC5pCoYnm3d
    zIgf5obkABPoF7uAjMSERfI9VZKhtOJUtbnNcLA10xYXbsAZd92K6Xk8+PRAgI05
    CZs2lfmDvhNU4dX/YQJBAOnSieNbfG9epVFPgq5qm0WD/TcmnzUOv/pvkZwVQcZi
    jmmBcanUjw+rnHqn3thDnvUdx0drAoTbTjqM21bab0UCQQDPMFWZwfXkXTVun+Zi
    7Md+qtHMK5Ko6haOhcmbshrLj6L5633yliozALhk0ke5ZBo0103NDdpPizpSCrW9
    aiaVAkAA42zksT9KyQhFw9CSSxNl8zduEzZ9pB20nOHnvujuEQfLfNNqusUEYTmJ
    +cNN/QvIkKFmMxDiYlbswAZBUTklAkEAtja3AcuwWo+S32CnOJcu9/p5Gkuz5vRA
    tEV7Qn/HywDe/1cZZFCmekaG5Lx+sdAUsCYuWUl2lwBGYULkBNqnZQJBAJDjZjjg
    Nd2tkaG+o/cByksNzGtXlY4ZKLo2FP8lG/nY6zsg/dsXeCbunXBPFxfcidr7Sh2c
    nIo6EWubTxPxmEY=
    """)

  /// A key of the curve P-256.
  package static let elliptic = pem(
    "PRIVATE KEY",
    """
    MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgTeUxpKyNMIuOxpee
    lpJs+lJaCL79DtMjNmwwOn6TfJuhRANCAARbrAd0HkHuWKIJIKyC1AX5E0iPGYBP
    sIaWhDb5mVim2IrXC+5bqp64iR6T9G1eiZJ3Z/IMouwKTRzjwo6w8jca
    """)

  /// The key file of a service account with the RFC's key, whose tokens come from `tokenURL`.
  package static func serviceAccount(tokenURL: String = "https://oauth2.googleapis.com/token") -> String {
    let key = rfc7515.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\\n")
    return """
      { "type": "service_account", "project_id": "p-1", "private_key_id": "key-1", "private_key": "\(key)",
        "client_email": "gateway@p-1.iam.gserviceaccount.com", "token_uri": "\(tokenURL)" }
      """
  }

  /// A body in PEM under a label.
  package static func pem(_ label: String, _ body: String) -> String {
    "-----BEGIN \(label)-----\n\(body)\n-----END \(label)-----\n"
  }
}
