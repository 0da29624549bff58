import AssuranceCases
import Storage
import Testing

/// `ogsrl-1` of runs with several cost channels: a certificate of each is asked for.
@Suite struct ChannelTemplateTests {
    private static let names = ["speed", "hazard"]
    private static let total = "assurance/certificate-10.json"

    private static func file(_ channel: Int) -> String { "assurance/certificate-\(10 + channel).json" }

    /// A certificate of one channel, which is the so many-th look at the policy.
    private static func certificate(_ name: String, looks: Int) -> String {
        let hashes = (String(repeating: "c1", count: 32), String(repeating: "da", count: 32))
        return """
            {"verdict": "certified", "tested": \(quoted("mean cost of an episode, channel \(name) alone")),
             "counted": {"channel": \(quoted(name)), "countsViolations": false}, "upper_bound": 2.5, "limit": 3, "delta": 0.05,
             "n": 200, "earlier_tests": \(looks), "validity": "every sample size", "step": 60,
             "origin": {"name": "point-robot", "policy": "\(FakeRun.policy)"},
             "configuration_sha256": "\(hashes.0)", "data_sha256": "\(hashes.1)"}
            """
    }

    private static func evaluation(_ names: [String]) -> String {
        let channels = names.map { "{\"name\": \(quoted($0)), \"cost_mean\": 1.5}" }
        return """
            {"origin": {"environment": "point-robot", "step": 60, "policy": "\(FakeRun.policy)"}, "cost_mean": 3,
             "channels": [\(channels.joined(separator: ", "))]}
            """
    }

    private static func run(_ names: [String] = names) throws -> FakeRun {
        var files = ["evaluation/report.json": evaluation(names)]
        for (place, name) in names.enumerated() {
            files[file(place + 1)] = certificate(name, looks: place + 1)
        }
        return try FakeRun(files)
    }

    @Test func aRunWithACertificateOfEachChannelIsProved() throws {
        let run = try Self.run()
        let judgement = try run.judge("ogsrl-1")
        #expect(judgement.verdict == .proved)
        for id in ["Sn14", "G9_1", "G9_2", "Sn15_1", "Sn15_2", "Sn16_2", "Sn17_2"] {
            #expect(judgement.nodes[id]?.verdict == .proved, "\(id)")
        }
        // The newest file is a channel's; that of all together is another one.
        let read = try AssuranceCase(run.document("ogsrl-1"))
        func evidence(_ name: String) -> String? { read.evidence.first { $0.name == name }?.file }
        #expect(evidence("certificate") == Self.total)
        #expect(evidence("channel_1") == Self.file(1) && evidence("channel_2") == Self.file(2))
        #expect(read.byID["G9_2"]?.text == "The mean cost of an episode in channel hazard is bounded.")
        // Nobody asks for channels where there is one.
        let single = try FakeRun().judge("ogsrl-1")
        #expect(single.verdict == .proved && single.nodes["G9_1"] == nil)
    }

    @Test func aMissingCertificateIsUndecided() throws {
        for channel in [1, 2] {
            let run = try Self.run()
            try run.remove(Self.file(channel))
            let judgement = try run.judge("ogsrl-1")
            #expect(
                judgement.verdict == .undecided && judgement.nodes["G9_\(channel)"]?.verdict == .undecided)
            #expect(
                judgement.nodes["G9_\(3 - channel)"]?.verdict == .proved,
                "\(judgement.nodes.filter { $0.key.hasSuffix("_\(3 - channel)") })")
        }
        // That of a channel does not stand for all together.
        let run = try Self.run()
        try run.remove(Self.total)
        try run.remove("assurance/certificate-9.json")
        #expect(try run.judge("ogsrl-1").verdict == .undecided)
        // A third channel that nobody certified.
        try run.write("evaluation/report.json", Self.evaluation(Self.names + ["heat"]))
        #expect(try run.judge("ogsrl-1").nodes["G9_3"]?.verdict == .undecided)
    }

    @Test func theNewestCertificateOfAChannelCounts() throws {
        let run = try Self.run()
        let worse = Self.certificate("speed", looks: 3).replacing("certified", with: "no solution found")
        try run.write("assurance/certificate-13.json", worse)
        let judgement = try run.judge("ogsrl-1")
        #expect(judgement.verdict == .refuted && judgement.nodes["Sn15_1"]?.verdict == .refuted)
        #expect(judgement.nodes["Sn15_2"]?.verdict == .proved)
    }

    /// Other looks add to the chance of error, and are not among those that were added up.
    @Test(arguments: [(3, true, true), (4, true, false), (2, false, true), (3, false, false)])
    func looksAreCounted(_ looks: Int, _ hasImprovement: Bool, _ isProved: Bool) throws {
        for file in [Self.total, Self.file(2)] {
            let run = try Self.run()
            let old = file == Self.total ? 0 : 2
            try run.write(
                file,
                run.text(file).replacing("\"earlier_tests\": \(old)", with: "\"earlier_tests\": \(looks)"))
            if !hasImprovement { try run.remove("improvement.json") }
            #expect(try run.judge("ogsrl-1").verdict == (isProved ? .proved : .refuted), "\(file)")
        }
    }

    /// Every value of a channel's certificate, taken away or replaced, with hashes made anew.
    @Test func noTopGoalStaysProved() throws {
        let run = try Self.run()
        var mutations = 0
        for channel in [1, 2] {
            let text = try run.text(Self.file(channel))
            let document = try JSONValue(parsing: Array(text.utf8))
            let places = (document.members ?? []).flatMap { member in
                member.value.members?.map { [member.key, $0.key] } ?? [[member.key]]
            }
            // What was tested stands there in words, too.
            for place in places where place != ["tested"] {
                func verdict(_ change: (JSONValue) -> JSONValue?) throws -> Verdict {
                    mutations += 1
                    func changed(_ value: JSONValue, _ rest: ArraySlice<String>) -> JSONValue? {
                        guard let key = rest.first else { return change(value) }
                        return .object(
                            (value.members ?? []).compactMap { member in
                                member.key != key
                                    ? (member.key, member.value)
                                    : changed(member.value, rest.dropFirst()).map { (member.key, $0) }
                            })
                    }
                    try run.write(Self.file(channel), (changed(document, place[...]) ?? .null).compact)
                    return try run.judge("ogsrl-1").verdict
                }
                #expect(try verdict { _ in nil } != .proved, "\(channel) \(place) left out")
                #expect(try verdict { _ in .null } != .proved, "\(channel) \(place) null")
                let low = try verdict {
                    $0.number == nil ? $0.string.map { .text($0 + "0") } ?? .boolean(true) : .number(-1e6)
                }
                let high = try verdict { $0.number == nil ? .text("another") : .number(1e6) }
                #expect(low != .proved || high != .proved, "\(channel) \(place) replaced")
            }
            try run.write(Self.file(channel), text)
        }
        #expect(try run.judge("ogsrl-1").verdict == .proved && mutations >= 100, "\(mutations)")
        // A mean that the evaluation found above the bound, and one channel's certificate for another.
        try run.write(
            "evaluation/report.json", Self.evaluation(Self.names).replacing("1.5}]", with: "2.6}]"))
        #expect(try run.judge("ogsrl-1").nodes["Sn16_2"]?.verdict == .refuted)
    }

    /// Limits and chances of error are within what was accepted.
    @Test(arguments: [
        ("\"limit\": 3", "\"limit\": 5.1"), ("\"delta\": 0.05", "\"delta\": 0.051"),
        ("\"n\": 200", "\"n\": 58"),
        ("\"step\": 60", "\"step\": 40"), ("\"name\": \"point-robot\"", "\"name\": \"point-mass\""),
        ("\"countsViolations\": false", "\"countsViolations\": true"),
    ])
    func whatDoesNotFitIsRefuted(_ old: String, _ new: String) throws {
        let run = try Self.run()
        let text = try run.text(Self.file(2))
        #expect(text.contains(old))
        try run.write(Self.file(2), text.replacing(old, with: new))
        #expect(try run.judge("ogsrl-1").verdict == .refuted)
    }

    @Test func namesOfChannelsStandInTextsAndNeverInChecks() throws {
        let names = ["\"] || true || \"<limit>", "<#>"]
        let run = try Self.run(names)
        let read = try AssuranceCase(run.document("ogsrl-1"))
        #expect(read.nodes.allSatisfy { !($0.check?.text ?? "").contains("|| true") })
        #expect(read.byID["G9_1"]?.text.contains(names[0]) == true)
        #expect(try run.judge("ogsrl-1").verdict == .proved)
    }

    /// `--check` derives channels from the case and their files from the run.
    @Test func aCaseOfOtherChannelsIsFound() throws {
        let run = try Self.run()
        _ = try run.write("ogsrl-1")
        #expect(try run.folder.check(now: .now, key: nil, opinion: nil).judgement.verdict == .proved)
        let text = try run.text("assurance/case.json")
        for count in ["-1", "1", "1000000000"] {
            let changed = text.replacing("\"channels\":2", with: "\"channels\":\(count)")
            #expect(changed != text)
            try run.write("assurance/case.json", changed)
            #expect(throws: CaseDifference.self) {
                try run.folder.check(now: .now, key: nil, opinion: nil)
            }
        }
        try run.write("assurance/case.json", text)
        try run.write(
            "assurance/certificate-14.json", Self.certificate("speed", looks: 3))
        #expect(throws: CaseDifference.self) { try run.folder.check(now: .now, key: nil, opinion: nil) }
    }
}
