import Foundation
import SaferlCommand
import Storage
import TestSupport
import Testing

/// Stream heads and searches by the commands that train, test and use them.
@Suite(.enabled(if: CommandProcess.binary != nil)) struct HeadCommandTests {
    private static func tiny() throws -> [UInt8] {
        Array(
            try Data(
                contentsOf: Golden.directory("alignment").appendingPathComponent("gguf/tiny-qwen2.gguf")))
    }

    private static let rows = Array(
        (0..<12).map { number in
            let (label, more) =
                number % 3 == 0
                ? ("unsafe", #", "category": "PII", "unsafe_from": 4"#) : ("safe", "")
            return
                #"{"prompt": "a cat \#(number)", "prompt_label": "safe", "response": "the robot", "label": "\#(label)"\#(more)}"#
        }.joined(separator: "\n").utf8)

    private func value(_ text: String) throws -> JSONValue { try JSONValue(parsing: Array(text.utf8)) }

    @Test func aHeadIsTrainedOnRowsAndGuardsItsModelAlone() throws {
        let folder = try CommandFolder(["m.gguf": Self.tiny(), "r.jsonl": Self.rows])
        let train = [
            "guard", "train-head", "m.gguf", "--rows", "r.jsonl", "--epochs", "2", "--inner", "4",
        ]
        let result = try folder.run(train + ["--out", "h", "--json"])
        #expect(result.status == 0, "\(result.errors)")
        let report = try value(result.output)
        #expect(report["model_sha256"]?.string == SHA256.hexadecimal(of: try Self.tiny()))
        #expect(report["rows"]?.number?.int == 10 && report["left_out"]?.number?.int == 0)
        let heldOut = try #require(report["held_out"]?.elements?.first)
        #expect(heldOut["prompts_right"]?["trials"]?.number?.int == 2)
        // Equal arguments, equal bytes; another seed is another head.
        #expect(try folder.run(train + ["--out", "g"]).status == 0)
        #expect(try folder.run(train + ["--out", "f", "--seed", "1"]).status == 0)
        let files = try folder.contents()
        #expect(files["h"] == files["g"] && files["h"] != files["f"] && files["h"] != nil)

        let answer = ["answer", "m.gguf", "a cat", "--tokens", "6", "--temperature", "1", "--json"]
        for search in [[], ["--search", "2"], ["--roll-back"]] {
            // Nothing reaches a probability of 1.
            let calm = try folder.run(answer + ["--guard", "h", "--threshold", "1"] + search)
            #expect(calm.status == 0, "\(calm.errors)")
            let reply = try value(calm.output)
            #expect(reply["refused"]?.bool == false && reply["text"]?.string?.isEmpty == false)
            #expect(
                reply["verdicts"]?.elements?.map { $0["subject"]?.string } == ["prompt", "response"])
            #expect(reply["verdicts"]?.elements?.allSatisfy { $0["guard"]?.string == "h" } == true)
            // And everything one of nearly 0.
            let strict = try folder.run(answer + ["--guard", "h", "--threshold", "1e-9"] + search)
            #expect(try value(strict.output)["refused"]?.bool == true, "\(strict.errors)")
        }
        _ = try folder.run(["model", "convert", "m.gguf", "other"])
        for arguments in [
            ["answer", "other", "a cat", "--guard", "h"], ["guard", "test-head", "other", "h"],
        ] {
            let refused = try folder.run(arguments)
            #expect(refused.status == CommandStatus.badData.rawValue && refused.output.isEmpty)
            #expect(
                refused.errors.hasPrefix("h: reads the states of another model than other. Name the model "),
                "\(refused.errors)")
        }
        let altered = try folder.run(answer + ["--guard", "i"], shell: "sed s/PII/PIJ/ h > i; printf x >> i")
        #expect(altered.status == CommandStatus.badData.rawValue && altered.output.isEmpty)
        for (more, message) in [
            (
                ["--guard", "g"],
                "--guard names two heads of a kind, and a model is judged by one. Name one.\n"
            ),
            (
                ["--erase", "suffix:1"],
                "--erase needs a guard that judges texts, and a stream head judges states. Name a filter or a language model by --guard too.\n"
            ),
        ] {
            let refused = try folder.run(answer + ["--guard", "h"] + more)
            #expect(refused.status == CommandStatus.usage.rawValue && refused.errors == message)
        }
    }

    @Test func aHeadIsTestedInAWorld() throws {
        let folder = try CommandFolder(["m.gguf": Self.tiny()])
        let wide = try ModelSafetyCommandTests.wide(of: folder)
        let trained = try folder.run(
            [
                "guard", "train-head", wide, "--world", "consent", "--requests", "8", "--tokens", "6",
                "--epochs", "1", "--out", "h",
            ])
        #expect(trained.status == 0, "\(trained.errors)")
        #expect(trained.output.hasPrefix("h: a stream head of 8 replies, bound to model "))
        let test = ["guard", "test-head", wide, "h", "--requests", "6", "--tokens", "6"]
        // A model of random numbers does no harm, so that none may be left and no reply is unsafe.
        let calm = try folder.run(test + ["--threshold", "1", "--json"])
        #expect(calm.status == 0, "\(calm.errors)")
        let splits = try #require(try value(calm.output)["splits"]?.elements)
        #expect(splits.count == 3)
        for split in splits {
            #expect(split["harm"]?["trials"]?.number?.int == 6 && split["harm"]?["events"]?.number?.int == 0)
            #expect(split["flags"]?["false_alarms"]?["events"]?.number?.int == 0)
            #expect(split["roll_backs"]?.number?.int == 0)
        }
        // A head that flags everything is found out.
        let strict = try folder.run(test + ["--threshold", "1e-9"])
        #expect(strict.status == CommandStatus.noSolutionFound.rawValue, "\(strict.errors)")
        #expect(strict.output.contains("training: too many safe replies are flagged\n"))
    }

    /// Erase-and-check by a head's tower of prompts, and by a model that is asked.
    @Test func guardsAreCertifiedAsFilters() throws {
        var files = FilterCommandTests.lists
        (files["m.gguf"], files["r.jsonl"]) = (try Self.tiny(), Self.rows)
        let folder = try CommandFolder(files)
        let train = [
            "guard", "train-head", "m.gguf", "--rows", "r.jsonl", "--epochs", "1", "--inner", "4", "--out",
            "h",
        ]
        #expect(try folder.run(train).status == 0)
        let wide = try ModelSafetyCommandTests.wide(of: folder)
        for filter in [["h", "--model", "m.gguf"], [wide]] {
            let certify =
                ["certify", "--filter"] + filter + FilterCommandTests.certify.dropFirst(3) + [
                    "--limit", "0.1", "--attacked", "1", "--json",
                ]
            // Everything is flagged from nearly 0 on, and nothing from 1 on.
            let all = try folder.run(certify + ["--threshold", "1e-9"])
            #expect([0, CommandStatus.noSolutionFound.rawValue].contains(all.status), "\(all.errors)")
            let report = try value(all.output)
            #expect(report["safe"]?["kept"]?.number?.int == 0)
            // The model that is asked knows nothing and gives all next to 0: what is near the border is flagged, and not certified.
            let detected = try #require(report["detected"]?.number?.int)
            #expect(filter == [wide] ? detected < 20 : detected > 20)
            #expect(report["training_known"]?.bool == false)
            let none = try folder.run(certify + ["--threshold", "1"])
            #expect(none.status == CommandStatus.noSolutionFound.rawValue, "\(none.errors)")
            #expect(try value(none.output)["safe"]?["kept"]?.number?.int == 20)
            let few = try folder.run(certify + ["--threshold", "1", "--checks", "3"])
            #expect(try value(few.output)["safe"]?["kept"]?.number?.int == 0)
        }
        let alone = try folder.run(
            ["certify", "--filter", "h"] + FilterCommandTests.certify.dropFirst(3) + ["--limit", "0.1"])
        #expect(alone.status == CommandStatus.usage.rawValue && alone.output.isEmpty)
        #expect(alone.errors.hasPrefix("h is a stream head, which reads the states of a model. Name "))
    }

    @Test func aReplyIsSearchedForByARewardHead() throws {
        let folder = try CommandFolder(["m.gguf": Self.tiny(), "r.jsonl": Self.rows])
        let train = [
            "guard", "train-reward", "m.gguf", "--rows", "r.jsonl", "--epochs", "2", "--inner", "4",
        ]
        let result = try folder.run(train + ["--out", "h", "--json"])
        #expect(result.status == 0, "\(result.errors)")
        let report = try value(result.output)
        #expect(report["model_sha256"]?.string == SHA256.hexadecimal(of: try Self.tiny()))
        #expect(report["rows"]?.number?.int == 10)
        #expect(
            report["held_out"]?.elements?.first?["at_end"]?["trials"]?.number?.int == 2, "\(result.output)")
        #expect(try folder.run(train + ["--out", "g"]).status == 0)
        #expect(try folder.run(train + ["--out", "f", "--seed", "1"]).status == 0)
        let files = try folder.contents()
        #expect(files["h"] == files["g"] && files["h"] != files["f"] && files["h"] != nil)

        let answer = ["answer", "m.gguf", "a cat", "--tokens", "6", "--guard", "h"]
        let found = try folder.run(answer + ["--search", "3", "--threshold", "1", "--json"])
        #expect(found.status == 0, "\(found.errors)")
        let reply = try value(found.output)
        let verdict = try #require(reply["verdicts"]?.elements?.first)
        #expect(reply["candidates"]?.number?.int == 1 && verdict["guard"]?.string == "h")
        #expect(verdict["subject"]?.string == "response" && reply["roll_backs"]?.number?.int == 0)
        // A search draws nothing.
        #expect(
            try value(
                folder.run(answer + ["--search", "3", "--threshold", "1", "--json", "--seed", "9"]).output)[
                    "text"] == reply["text"])
        for (arguments, message, status) in [
            (
                answer,
                "--guard names a reward head, and a reply is searched for by it. Say with how many nodes by --search, such as --search 4.\n",
                CommandStatus.usage
            ),
            (
                ["guard", "test-head", "m.gguf", "h"],
                "h: no stream head. Train one by \"saferl guard train-head\".\n", .badData
            ),
            (
                ["bench", "search", "--checkpoint", "m.gguf", "--head", "r.jsonl"],
                "r.jsonl: ", .badData
            ),
        ] as [([String], String, CommandStatus)] {
            let refused = try folder.run(arguments)
            #expect(refused.status == status.rawValue && refused.output.isEmpty)
            #expect(refused.errors.hasPrefix(message), "\(refused.errors)")
        }
        let warm = try folder.run(answer + ["--search", "3", "--temperature", "1"])
        #expect(warm.status == CommandStatus.usage.rawValue)
        #expect(warm.errors.hasPrefix("--temperature has no effect on a search by a reward head"))
    }

    @Test func aSearchIsComparedAtItsPrice() throws {
        let folder = try CommandFolder(["m.gguf": Self.tiny()])
        let wide = try ModelSafetyCommandTests.wide(of: folder)
        let result = try folder.run(
            ["bench", "search", "--checkpoint", wide, "--trials", "2", "--lessons", "20", "--json"])
        #expect(result.status == 0, "\(result.errors)")
        let report = try value(result.output)
        let rows = try #require(report["rows"]?.elements)
        #expect(rows.count == 4 * (5 + 6 + 6))
        #expect(rows.allSatisfy { ($0["operations"]?.number?.double ?? 0) > 0 })
        #expect(report["sharing"]?["same_answers"]?.bool == true)
    }
}
