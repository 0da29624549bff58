import Foundation
import LanguageModels
import TestSupport

/// The tiny model of random numbers that golden tables are of.
enum TinyModel {
    static var path: String {
        Golden.directory("alignment").appendingPathComponent("gguf/tiny-qwen2.gguf").path
    }

    /// Writes the same numbers as a directory whose context is long enough for a guard's words.
    ///
    /// - Parameters:
    ///   - folder: where it goes.
    ///   - template: a chat template; the model's own without it.
    /// - Returns: its path.
    /// - Throws: where it cannot be written.
    static func wide(in folder: String, template: String? = nil) throws -> String {
        let place = folder + "/wide"
        let checkpoint = try GGUFCheckpoint(file: path)
        try checkpoint.saveHub(to: place)
        let file = place + "/config.json"
        var configuration =
            try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: file)))
            as? [String: Any]
            ?? [:]
        configuration["max_position_embeddings"] = 4096
        try JSONSerialization.data(withJSONObject: configuration).write(to: URL(fileURLWithPath: file))
        let own =
            "{% for m in messages %}<|im_start|>{{ m['role'] + '\\n' + m['content'] }}<|im_end|>\n{% endfor %}<|im_start|>assistant\n"
        try (template ?? own).write(
            toFile: place + "/chat_template.jinja", atomically: true, encoding: .utf8)
        return place
    }
}
