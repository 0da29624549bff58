import Foundation
import SaferlCommand
import Storage
import Testing

/// `saferl guard train-filter` and `saferl certify --filter`.
@Suite(.enabled(if: CommandProcess.binary != nil)) struct FilterCommandTests {
    static func lines(_ text: String, _ numbers: Range<Int>) -> [UInt8] {
        Array(numbers.map { "\(text) number \($0) now\n" }.joined().utf8)
    }

    static let lists = [
        "h.txt": lines("please make zorgle", 0..<12), "s.txt": lines("please bake bread", 100..<112),
        "h2.txt": lines("please make zorgle", 20..<80), "s2.txt": lines("please bake bread", 200..<220),
    ]
    static let train = ["guard", "train-filter", "--harmful", "h.txt", "--safe", "s.txt", "--out", "f.json"]
    static let certify = [
        "certify", "--filter", "f.json", "--harmful", "h2.txt", "--safe", "s2.txt", "--delta", "0.05",
        "--erase", "suffix:3",
    ]

    @Test func aFilterIsTrainedAndCertified() throws {
        let folder = try CommandFolder(Self.lists)
        let trained = try folder.run(Self.train)
        #expect(trained.status == 0 && trained.errors.isEmpty, "\(trained.errors)")
        let bytes = try folder.contents()["f.json"]
        #expect(try folder.run(Self.train).status == CommandStatus.cannotCreate.rawValue)
        #expect(try folder.run(Self.train + ["--force"]).status == 0)
        #expect(try folder.contents()["f.json"] == bytes)

        let certified = try folder.run(Self.certify + ["--limit", "0.05", "--json"])
        #expect(certified.status == 0 && certified.errors.isEmpty, "\(certified.errors)")
        let report = try JSONValue(parsing: Array(certified.output.utf8))
        #expect(report["claim"]?["verdict"]?.string == "certified")
        #expect(report["detected"]?.number?.int == 60 && report["safe"]?["kept"]?.number?.int == 20)
        #expect(report["seconds_per_prompt"]?["mean"]?.number?.double ?? -1 > 0)
        #expect(
            report["claim"]?["subject"]?["policy_sha256"]?.string
                == SHA256.hexadecimal(of: try #require(bytes)))
        #expect(certified.files.contains("assurance/claims.jsonl"))

        // 60 prompts without a miss bound the share by 4.87 %.
        let refused = try folder.run(Self.certify + ["--limit", "0.048"])
        #expect(refused.status == CommandStatus.noSolutionFound.rawValue)
        #expect(refused.output.contains("no solution found") && refused.errors.contains("1 earlier test"))
        #expect(!refused.output.contains("zorgle") && !refused.output.contains("bread"))
        let elsewhere = try folder.run(Self.certify + ["--limit", "0.06", "--out", "there"])
        #expect(
            elsewhere.status == 0 && elsewhere.files.count { $0.hasPrefix("there/filter-certificate-") } == 2)
    }

    @Test func aDecoderIsTrainedAndCertified() throws {
        let folder = try CommandFolder(Self.lists)
        let train = Array(Self.train.dropLast()) + ["d", "--decoder"]
        let trained = try folder.run(train)
        #expect(trained.status == 0 && trained.output.hasPrefix("d: a decoder of "), "\(trained.errors)")
        let bytes = try folder.contents()["d"]
        #expect(try folder.run(train + ["--force"]).status == 0)
        #expect(try folder.contents()["d"] == bytes)
        let certify = Self.certify.map { $0 == "f.json" ? "d" : $0 } + ["--limit", "0.9", "--json"]
        let certified = try folder.run(certify)
        #expect(
            [0, CommandStatus.noSolutionFound.rawValue].contains(certified.status), "\(certified.errors)")
        let report = try JSONValue(parsing: Array(certified.output.utf8))
        #expect(
            report["claim"]?["subject"]?["policy_sha256"]?.string
                == SHA256.hexadecimal(of: try #require(bytes)))
        #expect(report["training_known"]?.bool == true && report["prompts"]?.number?.int == 60)
        // It knows what it was trained on.
        let known = try folder.run(certify.map { $0 == "h2.txt" ? "h.txt" : $0 })
        #expect(known.status == CommandStatus.badData.rawValue && known.output.isEmpty)
        let idle = try folder.run(certify + ["--threshold", "0.2"])
        #expect(idle.status == CommandStatus.usage.rawValue)
        #expect(idle.errors.hasPrefix("--threshold has no effect with d, a filter "), "\(idle.errors)")
    }
}
