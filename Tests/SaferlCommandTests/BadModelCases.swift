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
    ]
}
