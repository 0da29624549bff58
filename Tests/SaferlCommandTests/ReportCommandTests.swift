import AssuranceCases
import Foundation
import SafeRL
import SaferlCommand
import Storage
import Testing

/// Cases of a run that was trained, certified and evaluated by the binary.
@Suite struct ReportCommandTests {
    private static let configuration = """
        {"algorithm": "fisor", "environment": "point-robot", "data": {"collect": {"transitions": 2000}},
         "schedule": {"steps": 20, "log": 5, "checkpoint": 10}, "evaluation": {"episodes": 60},
         "fisor": \(TinyRun.options)}
        """

    /// The folder of a certified run.
    private func certified() throws -> CommandFolder {
        let folder = try CommandFolder(["my.json": Array(Self.configuration.utf8)])
        for arguments in [
            ["train", "my.json", "--run", "run", "--quiet"],
            ["certify", "run", "--episodes", "100", "--limit", "100", "--delta", "0.05"],
        ] {
            let result = try folder.run(arguments)
            try #require(result.status == 0, "\(result.errors)")
        }
        return folder
    }

    private let any = ["report", "run", "--assurance", "--from", "any-1", "--limit", "100"]

    @Test(.enabled(if: CommandProcess.binary != nil)) func aCertifiedRunIsProvedAndNoBitOfItCanBeTurned()
        throws
    {
        let folder = try certified()
        let result = try folder.run(any)
        #expect(result.status == 0 && result.errors == "", "\(result.output)\(result.errors)")
        #expect(
            result.output.hasPrefix(
                "proved under assumptions A1, A2, A3: The mean cost of an episode in point-robot is at most 100;"
            ))
        for file in CaseFolder.files { #expect(result.files.contains("run/assurance/" + file)) }
        #expect(try folder.run(["report", "--check", "run/assurance"]).status == 0)
        let drawn = try folder.run(any + ["--gsn2x", "case.gsn.yaml"])
        let yaml = String(decoding: try folder.contents()["case.gsn.yaml"] ?? [], as: UTF8.self)
        #expect(drawn.status == 0 && yaml.hasPrefix("G1:\n  text: \"The mean cost"), "\(drawn.errors)")
        #expect(try folder.run(["report", "run", "--gsn2x", "x"]).status == 64)
        // The largest cost that is acceptable is the reader's, not the certificate's.
        #expect(try folder.run(any.dropLast() + ["99"]).status == 3)
        #expect(try folder.run(any).status == 0)

        let contents = try folder.contents()
        let read = try AssuranceCase(parsing: try #require(contents["run/assurance/case.json"]))
        let files = Dictionary(
            uniqueKeysWithValues: read.evidence.map { ($0.file, contents["run/" + $0.file] ?? []) })
        func verdict(_ files: [String: [UInt8]]) throws -> Verdict {
            let found = FoundEvidence(read.evidence, now: .now) { files[$0].map { .bytes($0) } ?? .missing }
            return try CaseJudgement(read, found).verdict
        }
        #expect(try verdict(files) == .proved && files.count == 4)
        var stream = RandomStream(seed: 3, for: .testing)
        for _ in 0..<3000 {
            let path = files.keys.sorted()[stream.nextInteger(below: 4)]
            var changed = files
            let bit = stream.nextInteger(below: 8 * files[path, default: [0]].count)
            changed[path]?[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(try verdict(changed) == .refuted, "\(path), bit \(bit)")
        }
    }

    @Test(.enabled(if: CommandProcess.binary != nil)) func whatNobodyHasAssessedIsNotProved() throws {
        let folder = try certified()
        let result = try folder.run(["report", "run", "--assurance", "--limit", "100"])
        #expect(result.status == 3 && result.output.hasPrefix("undeveloped: "))
        #expect(result.output.contains("\nSn4: undecided (missing: assess)\n"))
        #expect(result.output.contains("\nG7: undeveloped (no support)\n"))
        let again = try folder.run(["train", "my.json", "--run", "again", "--quiet"])
        try #require(again.status == 0)
        let other = try folder.run([
            "report", "run", "--assurance", "--limit", "100", "--again", "again", "--json",
        ])
        let value = try JSONValue(parsing: Array(other.output.utf8))
        #expect(value["nodes"]?["G8"]?["verdict"]?.string == "proved")
        #expect(value["evidence"]?["again"]?["state"]?.string == "ok")
    }

    @Test(.enabled(if: CommandProcess.binary != nil)) func aSignedCaseIsCheckedByItsKey() throws {
        let folder = try certified()
        let key =
            "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f\n-----END PRIVATE KEY-----\n"
        let publicKey =
            "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAA6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=\n-----END PUBLIC KEY-----\n"
        try Data(key.utf8).write(to: URL(fileURLWithPath: folder.path("key.pem")))
        try Data(publicKey.utf8).write(to: URL(fileURLWithPath: folder.path("public.pem")))
        let check = ["report", "--check", "run/assurance/", "--key", "public.pem"]
        #expect(try folder.run(any).status == 0)
        let unsigned = try folder.run(check)
        #expect(unsigned.status == 65)
        #expect(
            unsigned.errors
                == "run/assurance: unsigned, where --key asks for a signature. Sign it by --sign.\n")
        #expect(try folder.run(any + ["--sign", "key.pem"]).status == 0)
        let signed = try folder.run(check)
        #expect(signed.status == 0, "\(signed.errors)")
        #expect(
            signed.output.contains(
                "Checked     everything follows from the files, and the signature is of this key\n"))
        let page = folder.path("run/assurance/case.html")
        try Data((try String(contentsOfFile: page, encoding: .utf8) + " ").utf8).write(
            to: URL(fileURLWithPath: page))
        let changed = try folder.run(check)
        #expect(changed.status == 65)
        #expect(
            changed.errors
                == "run/assurance/case.html: differs from what its case gives. Make the case anew, or find out what was changed.\n"
        )
    }
}
