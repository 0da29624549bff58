import SaferlCommand

// Files of language models that cannot be shown or converted.
extension BadInput {
    private static func bad(
        _ name: String, _ arguments: [String], _ files: [String: [UInt8]], _ message: String,
        _ status: CommandStatus = .badData
    ) -> BadInput {
        BadInput(name: name, arguments: arguments, files: files, message: message, status: status.rawValue)
    }

    private static let info = ["model", "info", "M"]
    private static let empty = Array("GGUF".utf8) + [3, 0, 0, 0] + [UInt8](repeating: 0, count: 16)

    static let models: [BadInput] = [
        bad(
            "a model of no file", info, [:],
            "M: cannot open: No such file or directory. Check the path, or restore the file from a copy.",
            .missingInput),
        bad(
            "a model that is none", info, ["M": Array("{}".utf8)],
            "M: not a valid GGUF file: the file ends inside the magic number, byte 0. Fetch or convert the file again."
        ),
        bad(
            "a model of version 1", info, ["M": Array("GGUF".utf8) + [1, 0, 0, 0]],
            "M: GGUF version 1 is not read. Convert the model again."),
        bad(
            "a model without keys", info, ["M": empty],
            "M: general.architecture is missing. Use a LLaMA, Qwen2 or Qwen3 model, or convert it again."),
        bad(
            "a conversion onto something", ["model", "convert", "M", "out"], ["M": empty, "out": []],
            "out exists. Name another directory, or write --force to replace its files.", .cannotCreate),
        bad(
            "a quantisation to nothing known", ["model", "quantise", "M", "out", "--type", "q2_k"],
            [:],
            "The value 'q2_k' is invalid for '--type <name>': no such type. Name one of f16, q8_0, q4_1. See \"saferl model quantise --help\".",
            .usage),
        bad(
            "a quantisation of no model", ["model", "quantise", "M", "out", "--type", "f16"],
            ["M": empty],
            "M: general.architecture is missing. Use a LLaMA, Qwen2 or Qwen3 model, or convert it again."),
        bad(
            "a model of no known name", ["model", "fetch", "gpt"], [:],
            "The value 'gpt' is invalid for '<name>': no such model. Name smollm2. See \"saferl model fetch --help\".",
            .usage),
        bad(
            "an answer of no model", ["answer", "M", "Hi"], [:],
            "M: cannot open: No such file or directory. Check the path, or restore the file from a copy.",
            .missingInput),
        bad(
            "an answer of a broken model", ["answer", "M", "Hi"], ["M": Array("{}".utf8)],
            "M: not a valid GGUF file: the file ends inside the magic number, byte 0. Fetch or convert the file again."
        ),
        bad(
            "an answer of no tokens", ["answer", "M", "Hi", "--tokens", "0"], [:],
            "--tokens 0: must be at least 1. See \"saferl answer --help\".", .usage),
        bad(
            "a temperature below zero", ["answer", "M", "Hi", "--temperature=-1"], [:],
            "--temperature -1.0 is below 0. See \"saferl answer --help\".", .usage),
        bad(
            "a top-p above one", ["chat", "M", "--top-p", "2"], [:],
            "--top-p 2.0 is outside (0, 1]. See \"saferl chat --help\".", .usage),
        bad(
            "a top-k below one", ["chat", "M", "--top-k", "0"], [:],
            "--top-k 0: must be at least 1. See \"saferl chat --help\".",
            .usage),
        bad(
            "a system's text without a template", ["answer", "M", "Hi", "--plain", "--system", "x"], [:],
            "--system is not for --plain. See \"saferl answer --help\".", .usage),
    ]
}
