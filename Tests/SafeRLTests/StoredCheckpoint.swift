import SafeRL
import Storage

/// What saferl wrote as checkpoint 3 of `smallCheckpoint` in format 1.
enum StoredCheckpoint {
    static let state =
        "oAAAAAAAAAB7Il9fbWV0YWRhdGFfXyI6eyJzdGVwIjoiMyJ9LCJhIFwicXVvdGVkXCIgbmFtZSI6eyJkdHlwZSI6Ik"
        + "YzMiIsInNoYXBlIjpbMyw0XSwiZGF0YV9vZmZzZXRzIjpbMCw0OF19LCJiIjp7ImR0eXBlIjoiRjMyIiwic2hhcGUi"
        + "OlszXSwiZGF0YV9vZmZzZXRzIjpbNDgsNjBdfX0gICAgAABAQAAAgEAAAKBAAADAQAAA4EAAAABBAAAQQQAAIEEAAD"
        + "BBAABAQQAAUEEAAGBBAADAfwAAgH8AAACA"
    static let manifest = """
        {
          "format": 1,
          "step": 3,
          "stage": "s",
          "configuration": "c0",
          "data": "d0",
          "state_bytes": 228,
          "state_sha256": "23b901f6d60c05aea011d31a6840103c97ad9f30a36f7818e987c0277386320b",
          "tensors": {
            "a \\"quoted\\" name": "23056e2b4140122ecced817a2025f994e655400fa5977d75fb76eb391feacad0",
            "b": "7ae36ac4ed721a77cac934052e46c4de771350e57d9a71f0b1435b33249e8177"
          },
          "manifest_sha256": "ef6050098fe337e414a5a045e6a9a1e9799f2b993d05730c7ee38e324084d7f4"
        }

        """

    /// The last line of every manifest after `body`.
    static func sealed(_ body: String) -> [UInt8] {
        let hash = SHA256.hexadecimal(of: body.utf8)
        return Array((body + "  \"manifest_sha256\": \"\(hash)\"\n}\n").utf8)
    }
}
