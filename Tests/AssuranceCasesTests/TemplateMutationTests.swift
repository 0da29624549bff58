import AssuranceCases
import Storage
import Testing

/// Every value that a template's evidence holds, taken away or replaced, with the case made anew so that hashes fit.
@Suite struct TemplateMutationTests {
    /// A place in a JSON file.
    private typealias Path = [String]

    private func leaves(_ value: JSONValue, _ path: Path = []) -> [Path] {
        if let members = value.members { return members.flatMap { leaves($0.value, path + [$0.key]) } }
        if let elements = value.elements {
            return elements.enumerated().flatMap { leaves($1, path + ["\($0)"]) }
        }
        return [path]
    }

    /// The value with another one at a place; nothing takes it away.
    private func changed(_ value: JSONValue, _ path: ArraySlice<String>, _ change: (JSONValue) -> JSONValue?)
        -> JSONValue?
    {
        guard let step = path.first else { return change(value) }
        if let members = value.members {
            return .object(
                members.compactMap { member in
                    guard member.key == step else { return (member.key, member.value) }
                    return changed(member.value, path.dropFirst(), change).map { (member.key, $0) }
                })
        }
        return .list(
            (value.elements ?? []).enumerated().compactMap { number, element in
                "\(number)" == step ? changed(element, path.dropFirst(), change) : element
            })
    }

    /// Values that may be missing or of any content, since nothing rests on them: each is a figure of another template, or one
    /// that stands for itself only where it is there.
    private static let free: [String: Set<String>] = [
        "any-1": [
            "evaluation.origin.policy", "certificate.approximate", "certificate.policy_sha256",
            "certificate.origin.settings.guard", "certificate.origin.settings.guard reactions",
            "certificate.origin.settings.guard fallback", "certificate.origin.settings.guard certificate",
            "checkpoint.format",
        ],
        "guard-1": [
            "certificate.approximate", "certificate.policy_sha256", "checkpoint.format",
            "guarded.shield.outcomes.projected",
        ],
        "verify-1": ["checkpoint.format", "proof.property.kind"],
        "filter-1": ["certificate.erasures"],
        "grpo-1": [
            "checkpoint.format", "certificate.tested", "certificate.earlier_tests", "certificate.step",
            "certificate.origin.name", "certificate.origin.settings.guard",
            "certificate.origin.settings.guard reactions", "certificate.origin.settings.guard fallback",
            "certificate.origin.settings.guard certificate", "report.model_leaving_bound",
        ],
    ]

    /// Hashes of prompts that must only be others than those of training.
    private static let exchangeable: Set<String> = [
        "certificate.safe.sha256", "certificate.claim.subject.data_sha256",
    ]

    @Test(arguments: ["any-1", "guard-1", "verify-1", "filter-1", "grpo-1"])
    func noTopGoalStaysProved(_ name: String) throws {
        let run = try FakeRun()
        let template = try #require(CaseTemplate.named(name))
        let free = Self.free[name] ?? []
        var survivors: Set<String> = []
        var mutations = 0
        for (evidence, pattern) in template.evidence where evidence != "again" {
            let file = RunEvidence(run: run.path).file(pattern)
            let text = try run.text(file)
            let document = try JSONValue(parsing: Array(text.utf8))
            for path in leaves(document) {
                let place = ([evidence] + path).joined(separator: ".")
                func verdict(_ change: (JSONValue) -> JSONValue?) throws -> Verdict {
                    mutations += 1
                    try run.write(file, (changed(document, path[...], change) ?? .null).compact)
                    return try run.judge(name).verdict
                }
                if try verdict({ _ in nil }) == .proved { survivors.insert(place) }
                if try verdict({ _ in .null }) == .proved { survivors.insert(place) }
                // Every number matters in one direction at least; where equality counts, in both.
                let low = try verdict {
                    $0.number == nil
                        ? $0.string.map { .text($0 + "0") } ?? .boolean($0 != .boolean(true)) : .number(-1e6)
                }
                let high = try verdict {
                    $0.number == nil ? .text("another") : .number(1e6)
                }
                let isOther = name == "filter-1" && Self.exchangeable.contains(place)
                if low == .proved, high == .proved, !isOther { survivors.insert(place) }
            }
            try run.write(file, text)
        }
        survivors.subtract(free)
        #expect(survivors.isEmpty, "\(name): \(survivors.sorted())")
        #expect(try run.judge(name).verdict == .proved && mutations >= 60, "\(mutations)")
    }

    /// Another policy's evidence, with hashes that fit.
    @Test(arguments: [
        ("guard-1", "guard/report.json"), ("guard-1", "guard/replay.json"), ("verify-1", "verify/proof.json"),
        ("verify-1", "verify/checked.json"), ("grpo-1", "report.json"), ("grpo-1", "verdict.json"),
        ("guard-1", "guard/proof.json"), ("filter-1", "filter.json"),
    ])
    func evidenceOfAnotherPolicyProvesNothing(_ name: String, _ file: String) throws {
        let run = try FakeRun()
        let text = try run.text(file)
        let changed =
            file.hasSuffix("guard/proof.json") || file == "filter.json"
            ? " " + text : text.replacing(FakeRun.policy, with: String(repeating: "cd", count: 32))
        #expect(changed != text)
        try run.write(file, changed)
        #expect(try run.judge(name).verdict == .refuted)
    }

    @Test(arguments: ["guard-1", "verify-1", "filter-1", "grpo-1"])
    func expiredEvidenceIsUndecided(_ name: String) throws {
        let run = try FakeRun()
        let read = try AssuranceCase(
            run.document(name, until: try #require(CaseTime("2026-01-01T00:00:00Z"))))
        let later = try #require(CaseTime("2026-01-01T00:00:01Z"))
        #expect(try run.folder.judge(read, now: later, opinion: nil).verdict == .undecided)
    }

    @Test func theLedgerSaysWhichCertificateOfAFilterCounts() throws {
        let run = try FakeRun()
        let evidence = RunEvidence(run: run.path)
        #expect(
            evidence.file("assurance/filter-certificate-**.json")
                == "assurance/filter-certificate-0a1b.json")
        let ledger = try run.text("assurance/claims.jsonl")
        try run.write(
            "assurance/claims.jsonl", ledger + "{\"file\": \"x/assurance/filter-certificate-0f3a.json\"}\n")
        #expect(try run.judge("filter-1").verdict == .undecided)
    }

    @Test func textsOfEvidenceStandInTheClaim() throws {
        let read = try AssuranceCase(FakeRun().document("verify-1"))
        #expect(
            read.byID["G1"]?.text
                == "The network vh of the run's policy has the property {\"kind\": \"range\"}, for every input of its boxes."
        )
    }
}
