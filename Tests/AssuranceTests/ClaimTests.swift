import Assurance
import Foundation
import Storage
import Testing

/// Claims: one shape for all certificates, and the ledger that keeps them.
@Suite struct ClaimTests {
    private let subject = ClaimSubject(policy: "p", configuration: "c", data: "d")

    private func report(_ costs: [Double], limit: Double) -> SafetyReport {
        let origin = CostOrigin(.environment, name: "plant", policy: "p", seed: 3)
        let test = SafetyTest(BettingBound(in: 0...1), limit: limit, delta: 0.05)
        return HeldOutCosts(costs, from: origin).spend(on: test).report
    }

    private let harmless = [Double](repeating: 0, count: 200)

    @Test func aTestIsAClaimWithItsBoundAndConditions() throws {
        let claim = report(harmless, limit: 0.5).claim(that: "mean cost of an episode", about: subject)
        #expect(claim.kind == .test && claim.verdict == .certified && !claim.isVacuous)
        #expect(claim.statement == "The mean cost of an episode in plant is at most 0.5.")
        let bound = try #require(claim.bound)
        #expect(claim.measured == 0 && bound > 0 && bound < 0.05)
        #expect(claim.limit == 0.5 && claim.delta == 0.05 && claim.conditions.count == 2)
        #expect(claim.subject.binary?.count == 64)
        let failed = report(harmless, limit: 0.001).claim(that: "mean cost", about: subject)
        #expect(failed.verdict == .noSolutionFound)
    }

    @Test func aLimitThatEveryPolicyKeepsIsVacuous() {
        let claim = report(harmless, limit: 1).claim(that: "mean cost", about: subject)
        #expect(claim.isVacuous && claim.verdict.rawValue == "vacuous")
    }

    @Test func countsOfRolloutsAreClaimsToo() {
        let rollouts = ModelRolloutCertificate(outside: 1, of: 100, delta: 0.05).claim(about: subject)
        #expect(rollouts.kind == .rollouts && rollouts.measured == 0.01 && rollouts.verdict == .bounded)
        #expect(ModelRolloutCertificate(outside: 4, of: 4, delta: 0.05).claim(about: subject).isVacuous)
    }

    @Test func aClaimIsReadAsItWasWritten() throws {
        let claim = report(harmless, limit: 0.5).claim(that: "mean cost", about: subject)
        let text = try claim.json()
        #expect(try JSONDecoder().decode(Claim.self, from: Data(text.utf8)) == claim)
        let keys = try #require(try JSONValue(parsing: Array(text.utf8)).members).map(\.key)
        #expect(
            Set(keys).isSuperset(of: [
                "kind", "statement", "verdict", "measured", "bound", "limit", "delta", "conditions",
                "subject",
            ]))
        #expect(claim.markdown.hasPrefix("## certified: The mean cost in plant is at most 0.5.\n"))
    }

    // MARK: The ledger

    private func temporaryRun() -> String {
        FileManager.default.temporaryDirectory.appending(path: "saferl-claims-\(UUID().uuidString)").path
    }

    private func line(limit: Double, file: String) -> ClaimLine {
        let report = report(harmless, limit: limit)
        return ClaimLine(
            .certify, report.claim(that: "mean cost", about: subject),
            look: Look(report, tested: "mean cost", policy: "p"), of: subject, file: (file, "text of \(file)")
        )
    }

    @Test func theLedgerCountsLooksAndShowsClaims() throws {
        let run = temporaryRun()
        defer { try? FileManager.default.removeItem(atPath: run) }
        do {
            let ledger = try ClaimLedger(of: run)
            for limit in [0.2, 0.3] { try ledger.append(line(limit: limit, file: "\(limit)")) }
            // The same once more is no further line.
            try ledger.append(line(limit: 0.2, file: "0.2"))
            // A claim without a look counts none.
            let rollouts = ModelRolloutCertificate(outside: 1, of: 100, delta: 0.05)
            for _ in 0..<2 {
                try ledger.append(
                    ClaimLine(.train, rollouts.claim(about: subject), look: nil, of: subject, file: nil))
            }
        }
        let lines = try ClaimLedger.lines(of: run)
        #expect(lines.count == 3 && lines[2].look == nil && lines[2].claim?.kind == .rollouts)
        let third = Look(report(harmless, limit: 0.4), tested: "mean cost", policy: "p")
        #expect(try ClaimLedger(of: run).looks(before: third) == 2)
        let text = try String(contentsOfFile: run + "/assurance/claims.md", encoding: .utf8)
        #expect(text.contains("## certified: The mean cost in plant is at most 0.3."))
        #expect(text.contains("## bounded: A roll-out in the learned model leaves the support"))
    }

    @Test func aPageThatAProcessLeftBehindIsWrittenWithTheSameClaimOnceMore() throws {
        let run = temporaryRun()
        defer { try? FileManager.default.removeItem(atPath: run) }
        let page = run + "/assurance/claims.md"
        for attempt in 0..<2 {
            try ClaimLedger(of: run).append(line(limit: 0.2, file: "0.2"))
            #expect(try String(contentsOfFile: page, encoding: .utf8).contains("at most 0.2."))
            // As a kill between the line and its page leaves it.
            if attempt == 0 { try FileManager.default.moveItem(atPath: page, toPath: page + ".partial") }
        }
        #expect(!FileManager.default.fileExists(atPath: page + ".partial"))
        #expect(try ClaimLedger.lines(of: run).count == 1)
    }

    @Test func linesOfAnEarlierVersionAreLooksToo() throws {
        let run = temporaryRun()
        defer { try? FileManager.default.removeItem(atPath: run) }
        let old = """
            {"by":"certify","claim":{"assumptions":"a","bound":"betting","delta":0.05,"limit":0.2,"mean":0,"n":200,\
            "origin":"plant","policy":"p","seed":3,"settings":{},"tested":"mean cost","upper_bound":0.1},\
            "file":"f","file_sha256":"0","previous":"","saferl":"0.1.0","subject":{"configuration_sha256":"c",\
            "data_sha256":"d","policy_sha256":"p"},"verdict":"certified"}
            """
        try FileManager.default.createDirectory(
            atPath: run + "/assurance", withIntermediateDirectories: true)
        try Data(Seal.sealing(old).utf8).write(
            to: URL(fileURLWithPath: run + "/assurance/claims.jsonl"))
        let ledger = try ClaimLedger(of: run)
        #expect(ledger.lines.count == 1 && ledger.lines[0].claim == nil)
        #expect(ledger.lines[0].look?.limit == 0.2 && ledger.lines[0].subject.binary == nil)
        #expect(
            ledger.looks(before: Look(report(harmless, limit: 0.4), tested: "mean cost", policy: "p")) == 1)
    }
}
