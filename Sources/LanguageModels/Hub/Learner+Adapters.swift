import Networks
import Storage
import Tensors

extension Learner {
    /// Writes low-rank adapters in the layout that Python's `peft` reads: `adapter_config.json` and
    /// `adapter_model.safetensors`, in single precision.
    ///
    /// - Parameters:
    ///   - adapters: all that the learner has.
    ///   - base: the directory or name of the frozen decoder.
    ///   - directory: made where it is missing; each file takes the place of an older one as a whole.
    /// - Throws: `StorageError`.
    public func saveAdapters(_ adapters: LowRankAdapters, of base: String, to directory: String) throws {
        let files = SystemFiles()
        try files.makeDirectories(directory)
        try files.replaceFile(directory + "/adapter_model.safetensors") { sink in
            try sink.write(hubHeader(layout.entries, prefix: "base_model.model."))
            for entry in layout.entries {
                try sink.write(UnsafeRawBufferPointer(elements(entry, .weights)))
            }
        }
        try files.replaceFile(
            directory + "/adapter_config.json", with: Array(adapters.configuration(of: base).pretty.utf8))
    }
}

extension LowRankAdapters {
    fileprivate func configuration(of base: String) -> JSONValue {
        let projections = Set(pairs.flatMap(\.keys)).map {
            String($0.rawValue.drop { $0 != "." }.dropFirst())
        }
        return .object([
            ("peft_type", .text("LORA")), ("task_type", .text("CAUSAL_LM")),
            ("base_model_name_or_path", .text(base)), ("r", .integer(rank)), ("lora_alpha", .number(alpha)),
            ("target_modules", .list(projections.sorted().map(JSONValue.text))), ("lora_dropout", .number(0)),
            ("bias", .text("none")), ("fan_in_fan_out", .boolean(false)), ("inference_mode", .boolean(true)),
        ])
    }
}
