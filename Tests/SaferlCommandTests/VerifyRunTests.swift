import Foundation
import SafeRL
import Testing

/// `saferl verify` of networks that runs have trained, and of invariants.
@Suite(.enabled(if: CommandProcess.binary != nil)) struct VerifyRunTests {
    private static func property(_ kind: String, network: String? = nil) -> [UInt8] {
        let low = "[0.9, 0.9, 0.9, 0.7, 0.7, 2.1, 0.1, 0.1, 1.4, -0.9, -0.2]"
        let high = "[1.0, 1.0, 1.0, 0.8, 0.8, 2.3, 0.2, 0.2, 1.6, -0.8, -0.1]"
        let named = network.map { "\"network\": \"\($0)\", " } ?? ""
        return Array("{\(named)\"input\": {\"low\": \(low), \"high\": \(high)}, \"property\": \(kind)}".utf8)
    }

    private static let range = #"{"kind": "range", "objective": [1]}"#

    /// A run in the middle of its training, with properties beside it.
    private static func folder() throws -> CommandFolder {
        let folder = try EarlierRunTests.folder("fisor")
        var files = try folder.contents()
        files["range.json"] = property(range)
        files["named.json"] = property(range, network: "run#vh")
        files["high.json"] = property(#"{"kind": "range", "objective": [1], "atMost": 1e6}"#)
        files["safe.json"] = invariant
        files["braking.json"] = clearance
        files["a.rules"] = Array("rules 1\nsignal x = action[0]\nrule a: x <= 1\n".utf8)
        return try CommandFolder(files)
    }

    private static let invariant = Array(
        """
        {"network": "run#vh", "input": {"low": [-1.1, 0, 0.5, 0.7], "high": [-1, 0.1, 0.6, 0.8]},
         "property": {"kind": "invariant", "environment": "point-robot", "actions": ["fallback", [-1, 1]]}}
        """.utf8)
    private static let clearance = Array(
        """
        {"property": {"kind": "invariant", "environment": "point-robot", "value": "clearance", "margin": 1e-4,
          "slack": 1e-7, "steps": 900}}
        """.utf8)

    private static func answer(_ result: CommandProcess.Result) throws -> JSONValue {
        try JSONValue(parsing: Array(result.output.utf8))
    }

    @Test func aNetworkOfARunIsNamedByOptionsOrByThePropertyFile() throws {
        let folder = try Self.folder()
        let ends = try [
            ["run", "--network", "vh", "--property", "range.json"], ["--property", "named.json"],
        ].map { arguments in
            let result = try folder.run(["verify"] + arguments + ["--json", "--boxes", "100"])
            #expect(result.status == 0 && result.errors == "", "\(result.errors)")
            return try Self.answer(result)["outer"]
        }
        #expect(ends[0] != nil && ends[0] == ends[1])
        #expect(
            try folder.run(
                ["verify", "run", "--network", "vr", "--property", "range.json", "--json", "--boxes", "100"]
            ).output != "")
    }

    @Test func aCertificateBelongsToOneNetworkOfOneCheckpoint() throws {
        let folder = try Self.folder()
        let named = ["verify", "run", "--network", "vh", "--property", "high.json"]
        let written = try folder.run(named + ["--out", "c.json", "--rules", "a.rules"])
        #expect(written.status == 0 && written.output.contains("holds (float32)"), "\(written.errors)")
        #expect(try folder.run(named + ["--check", "c.json"]).status == 0)
        let other = try folder.run(
            ["verify", "run", "--network", "vr", "--property", "high.json", "--check", "c.json"])
        #expect(other.status == 65 && other.errors.contains("another network"))
        // What a guard asks of it.
        let certificate = try JSONValue(parsing: try folder.contents()["c.json"] ?? [])
        let network = String(try #require(certificate["network"]?.string).dropFirst(7))
        let rules = SHA256.hexadecimal(of: try folder.contents()["a.rules"] ?? [])
        let path = folder.path("c.json")
        #expect(try VerificationCertificate.holding(path, network: network, rules: rules).verdict == "holds")
        for (network, rules) in [(rules, rules), (network, network)] {
            let error = #expect(throws: VerificationError.self) {
                try VerificationCertificate.holding(path, network: network, rules: rules)
            }
            #expect(error?.kind == .badData)
        }
    }

    @Test func anInvariantOfALearnedValuePrintsItsShares() throws {
        let folder = try Self.folder()
        let result = try folder.run(["verify", "--property", "safe.json", "--boxes", "200"])
        #expect([0, 3].contains(result.status) && result.errors == "", "\(result.errors)")
        for word in ["kept", "vacuous", "refuted", "open", "sampled", "feasible"] {
            #expect(result.output.contains(word), "\(result.output)")
        }
        let json = try folder.run(["verify", "--property", "safe.json", "--boxes", "200", "--json"])
        let answer = try Self.answer(json)
        let shares = ["kept", "vacuous", "refuted", "open"].compactMap { answer[$0]?.number?.double }
        #expect(shares.count == 4 && abs(shares.reduce(0, +) - 1) < 1e-9)
    }

    @Test func brakingKeepsTheClearanceAndItsCertificateIsChecked() throws {
        let folder = try Self.folder()
        let result = try folder.run(["verify", "--property", "braking.json", "--out", "c.json"])
        #expect(result.status == 0 && result.output.contains("verdict    holds"), "\(result.output)")
        let checked = try folder.run(["verify", "--property", "braking.json", "--check", "c.json"])
        #expect(checked.status == 0 && checked.output == "checked  holds\n", "\(checked.errors)")
    }
}
