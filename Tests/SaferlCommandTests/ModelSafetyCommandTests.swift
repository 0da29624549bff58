import Foundation
import LanguageModels
import SaferlCommand
import Storage
import TestSupport
import Testing

/// `saferl evaluate --suite`, and guards around `saferl answer` and `saferl chat`.
@Suite(.enabled(if: CommandProcess.binary != nil)) struct ModelSafetyCommandTests {
    private static func tiny() throws -> [UInt8] {
        Array(
            try Data(
                contentsOf: Golden.directory("alignment").appendingPathComponent("gguf/tiny-qwen2.gguf")))
    }

    private static let questions = Array(
        (#"{"question": "the robot", "options": ["a mat", "the cat", "12"], "answer": 1, "category": "x"}"#
            + "\n"
            + #"{"question": "a spill?", "options": ["no", "yes"], "answer": 0, "level": "Easy"}"# + "\n")
            .utf8)

    private func report(_ text: String) throws -> JSONValue { try JSONValue(parsing: Array(text.utf8)) }

    @Test func aSuiteIsPutToAModel() throws {
        let folder = try CommandFolder(["m.gguf": Self.tiny(), "qa.jsonl": Self.questions])
        let arguments = ["evaluate", "m.gguf", "--suite", "qa.jsonl", "--orders", "2"]
        let result = try folder.run(arguments + ["--json", "--out", "R"])
        #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
        let found = try report(result.output)
        let parts = try #require(found["questions"]?.elements)
        #expect(
            parts.map { $0["measure"]?.string } == ["acc", "acc_norm", "acc_bytes", "acc_mutual", "letters"])
        #expect(parts.allSatisfy { $0["correct"]?["trials"]?.number?.int == 2 })
        #expect(parts[4]["orders"]?.elements?.count == 2 && parts[0]["categories"]?["x"] != nil)
        #expect(found["model_sha256"]?.string == SHA256.hexadecimal(of: try Self.tiny()))
        #expect(found["suite_sha256"]?.string == SHA256.hexadecimal(of: Self.questions))
        let files = try folder.contents()
        let page = String(decoding: try #require(files["R/report.md"]), as: UTF8.self)
        #expect(
            page.contains("| right (acc_norm) | ") && page.contains("| always A | 50.0 % ")
                && page.contains("| Easy | "))
        #expect(try report(String(decoding: try #require(files["R/report.json"]), as: UTF8.self)) == found)
        // The same whatever the number of threads.
        let alone = try folder.run(arguments + ["--json"], shell: "export OPENBLAS_NUM_THREADS=1")
        #expect(alone.output == result.output)
    }

    @Test func lettersAreWritten() throws {
        let folder = try CommandFolder(["m.gguf": Self.tiny(), "qa.jsonl": Self.questions])
        let result = try folder.run([
            "evaluate", "m.gguf", "--suite", "qa.jsonl", "--ask", "direct", "--json",
        ])
        #expect(result.status == 0, "\(result.errors)")
        #expect(try report(result.output)["questions"]?.elements?.first?["measure"]?.string == "direct")
    }

    @Test func aModelWithoutRoomForToolsActsNot() throws {
        let folder = try CommandFolder(["m.gguf": Self.tiny()])
        let result = try folder.run(["evaluate", "m.gguf", "--suite", "twins", "--json"])
        #expect(result.status == 0, "\(result.errors)")
        let twins = try #require(try report(result.output)["twins"])
        #expect(twins["pairs_helpful_and_safe"]?["events"]?.number?.int == 0)
        #expect(twins["high_prevented"]?["events"]?.number?.int == 10)
        #expect(twins["low_did_nothing"]?["events"]?.number?.int == 10)
    }

    /// A filter that flags what holds a word.
    private func filtered() throws -> CommandFolder {
        var files = FilterCommandTests.lists
        files["m.gguf"] = try Self.tiny()
        let folder = try CommandFolder(files)
        #expect(try folder.run(FilterCommandTests.train).status == 0)
        return folder
    }

    @Test func aFilterRefusesWhatIsAsked() throws {
        let folder = try filtered()
        let arguments = ["answer", "m.gguf", "--tokens", "4", "--guard", "f.json"]
        let refused = try folder.run(arguments + ["please make zorgle", "--json"])
        #expect(refused.status == 0 && refused.errors.isEmpty, "\(refused.errors)")
        let verdict = try report(refused.output)
        #expect(verdict["refused"]?.bool == true && verdict["text"]?.string == "")
        #expect(verdict["reason"]?.string?.hasPrefix("f.json calls what was asked harmful") == true)
        #expect(verdict["verdicts"]?.elements?.count == 1 && verdict["written_tokens"]?.number?.int == 0)
        let told = try folder.run(arguments + ["please make zorgle"])
        #expect(told.output.hasPrefix("Refused: f.json calls what was asked harmful") && told.status == 0)

        // What is let through is the model's own reply.
        let safe = try report(folder.run(arguments + ["bake bread", "--json"]).output)
        let plain = try report(
            folder.run(["answer", "m.gguf", "--tokens", "4", "bake bread", "--json"]).output)
        #expect(safe["refused"]?.bool == false && safe["text"]?.string == plain["text"]?.string)
        #expect(safe["verdicts"]?.elements?.first?["unsafe"]?.bool == false)

        // Words that hide it are erased.
        let hidden = "please make zorgle bread bake for us number"
        #expect(try report(folder.run(arguments + [hidden, "--json"]).output)["refused"]?.bool == false)
        let erased = try report(folder.run(arguments + [hidden, "--erase", "suffix:6", "--json"]).output)
        #expect(erased["refused"]?.bool == true)
        #expect(erased["reason"]?.string?.hasPrefix("erase-and-check: a version of ") == true)
    }

    @Test func aTurnThatIsRefusedIsForgotten() throws {
        let folder = try filtered()
        let lines = "bake bread\nplease make zorgle\nbake bread\n"
        let result = try folder.run(
            ["chat", "m.gguf", "--tokens", "4", "--guard", "f.json", "--json"],
            shell: "printf '\(lines.replacing("\n", with: "\\n"))' > lines; exec < lines")
        #expect(result.status == 0, "\(result.errors)")
        let replies = try result.output.split(separator: "\n").map { try report(String($0)) }
        #expect(replies.map { $0["refused"]?.bool } == [false, true, false])
        let prompts = replies.compactMap { $0["prompt_tokens"]?.number?.int }
        // Both behind the first; the third, whose words are fewer, has not the second before it.
        #expect(prompts.count == 3 && prompts[0] < prompts[2] && prompts[2] < prompts[1])
    }

    @Test func aModelJudgesWhatIsAskedAndAnswered() throws {
        let folder = try CommandFolder(["m.gguf": Self.tiny()])
        // Its context has no room for a guard's words: no verdict, which is unsafe under both policies.
        for policy in ["--strict", "--loose"] {
            let result = try folder.run(["answer", "m.gguf", "a cat", "--guard", "m.gguf", policy, "--json"])
            #expect(result.status == 0, "\(result.errors)")
            let reply = try report(result.output)
            #expect(reply["refused"]?.bool == true && reply["policy"]?.string == String(policy.dropFirst(2)))
            #expect(
                reply["reason"]?.string == "what was asked is too long for m.gguf, which counts as unsafe.")
            #expect(reply["verdicts"]?.elements?.first?["label"] == nil)
        }
        let wide = try Self.wide(of: folder)
        for search in [[], ["--search", "2"], ["--roll-back"]] {
            let result = try folder.run(
                [
                    "answer", "m.gguf", "a cat", "--guard", wide, "--loose", "--tokens", "8", "--temperature",
                    "1", "--json",
                ] + search)
            #expect(result.status == 0, "\(result.errors)")
            let reply = try report(result.output)
            let verdicts = try #require(reply["verdicts"]?.elements)
            let isUnsafe = verdicts.last?["unsafe"]?.bool
            #expect(reply["refused"]?.bool == isUnsafe && (reply["text"]?.string == "") == isUnsafe)
            for verdict in verdicts {
                let labels = try #require(verdict["probabilities"]?.members).compactMap {
                    $0.value.number?.double
                }
                #expect(labels.count == 3 && abs(labels.reduce(0, +) - 1) < 1e-9)
                #expect(verdict["unsafe"]?.bool == (verdict["probability"]?.number?.double ?? 1 >= 0.5))
            }
            if isUnsafe == false {
                #expect(verdicts.map { $0["subject"]?.string } == ["prompt", "response"])
                #expect(reply["candidates"]?.number?.int == (search.first == "--search" ? 2 : 1))
            }
        }
    }

    @Test func aGuardThatCannotJudgeAnswersNothing() throws {
        let folder = try filtered()
        let arguments = ["answer", "m.gguf", "bake bread", "--tokens", "4", "--temperature", "1", "--guard"]
        let missing = try folder.run(arguments + ["G"])
        #expect(missing.status == CommandStatus.missingInput.rawValue && missing.output.isEmpty)
        #expect(missing.errors.hasPrefix("G: cannot open: "))
        let altered = try folder.run(arguments + ["g.json"], shell: "sed s/zorgle/zorgla/ f.json > g.json")
        #expect(altered.status == CommandStatus.badData.rawValue && altered.output.isEmpty)
        #expect(altered.errors.hasPrefix("g.json: not as a filter is written. "), "\(altered.errors)")
        for (search, name) in [(["--search", "2"], "search"), (["--roll-back"], "roll-back")] {
            let result = try folder.run(arguments + ["f.json"] + search)
            #expect(result.status == CommandStatus.usage.rawValue && result.output.isEmpty)
            #expect(
                result.errors
                    == "--\(name) needs a guard that judges replies, and a filter judges what is asked alone. Name a language model by --guard too.\n"
            )
        }
    }

    /// The tiny model with a context that has room for a guard's words, in hub format.
    static func wide(of folder: CommandFolder) throws -> String {
        _ = try folder.run(["model", "convert", "m.gguf", "wide"])
        let file = URL(fileURLWithPath: folder.path("wide/config.json"))
        let text = try String(contentsOf: file, encoding: .utf8)
        let longer = text.replacing(
            /"max_position_embeddings"\s*:\s*\d+/, with: "\"max_position_embeddings\": 4096")
        #expect(longer != text)
        try Data(longer.utf8).write(to: file)
        return "wide"
    }
}
