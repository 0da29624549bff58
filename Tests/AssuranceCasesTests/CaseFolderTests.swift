import AssuranceCases
import Foundation
import Storage
import Testing

/// What is written, and what a check finds.
@Suite struct CaseFolderTests {
    private static let key = [UInt8](0..<32)

    private func check(_ run: FakeRun, key: [UInt8]? = nil, now: CaseTime = .now) throws -> CaseReport {
        try run.folder.check(now: now, key: key, opinion: nil)
    }

    @Test func aWrittenCaseIsFoundAsItWas() throws {
        let run = try FakeRun()
        let report = try run.write("fisor-1")
        #expect(
            report.headline.hasPrefix(
                "proved under assumptions A1, A2, A3: The mean cost of an episode in point-robot"))
        #expect(try check(run).judgement.verdict == .proved)
        #expect(try check(run, now: CaseTime.now.adding(days: 400)).judgement.verdict == .undecided)
    }

    /// A change of any file of the folder, or of the run, is named.
    @Test(arguments: [
        "case.json", "assurance.json", "case.dot", "case.svg", "case.md", "case.html", "../manifest.json",
        "../evaluation/report.json",
    ])
    func whatWasChangedIsNamed(_ file: String) throws {
        let run = try FakeRun()
        _ = try run.write("any-1")
        let text = try run.text("assurance/" + file)
        try run.write("assurance/" + file, text + " ")
        let error = #expect(throws: (any Error).self) { try check(run) }
        #expect(FaultKind(of: try #require(error)) == .badData)
        if !file.hasPrefix("..") { #expect("\(try #require(error))".contains(file)) }
    }

    @Test func aForgedVerdictIsNamed() throws {
        let run = try FakeRun()
        try run.remove("assurance/again.json")
        _ = try run.write("fisor-1")
        try run.write(
            "assurance/assurance.json",
            run.text("assurance/assurance.json").replacing("undeveloped", with: "proved"))
        let error = #expect(throws: CaseDifference.self) { try check(run) }
        #expect(error?.description.contains("is undeveloped") == true)
    }

    @Test func nodesOfAnotherHandAreNotTheTemplates() throws {
        let run = try FakeRun()
        _ = try run.write("any-1")
        try run.write(
            "assurance/case.json",
            run.text("assurance/case.json").replacing("certificate.n >= 59", with: "certificate.n >= 1"))
        let error = #expect(throws: CaseDifference.self) { try check(run) }
        #expect(
            error?.description.hasSuffix(
                "its nodes are not those that template any-1 makes of its parameters.") == true)
    }

    @Test func whatOthersFollowFromIsNamed() throws {
        let run = try FakeRun()
        _ = try run.write("any-1")
        try run.write("evaluation/report.json", "{}")
        let error = #expect(throws: CaseDifference.self) { try check(run) }
        #expect(
            error?.description.contains(": Sn3 is refuted (changed: evaluation), and proved is written.")
                == true)
    }

    @Test func aNewerCertificateMakesACaseOld() throws {
        let run = try FakeRun()
        _ = try run.write("any-1")
        try run.write("assurance/certificate-11.json", "{}")
        let error = #expect(throws: CaseDifference.self) { try check(run) }
        #expect(
            error?.description.hasSuffix(
                "rests on assurance/certificate-10.json as certificate, and the run's newest is "
                    + "assurance/certificate-11.json. Make the case anew.") == true)
    }

    @Test func aJudgementOfTheFutureIsRefused() throws {
        let run = try FakeRun()
        _ = try run.write("any-1")
        let error = #expect(throws: CaseDifference.self) {
            try check(run, now: CaseTime.now.adding(days: -1))
        }
        #expect(error?.description.contains("one of the future") == true)
    }

    @Test func aSignatureBindsTheCaseToItsKey() throws {
        let run = try FakeRun()
        let report = try run.write("any-1", key: Self.key)
        let publicKey = try #require(report.signedBy.flatMap(Hexadecimal.bytes))
        #expect(try check(run, key: publicKey).signedBy == report.signedBy)
        #expect(throws: SignatureError.self) { try check(run, key: [UInt8](repeating: 1, count: 32)) }
        // Another limit, written consistently by who does not have the key.
        let signature = try run.text("assurance/signature.json")
        try run.write("manifest.json", run.text("manifest.json") + "\n")
        _ = try run.write("any-1")
        #expect(throws: SignatureError.self) { try check(run, key: publicKey) }
        try run.write("assurance/signature.json", signature)
        let error = #expect(throws: SignatureError.self) { try check(run) }
        #expect(error?.description == "the signature is not that of case.json. Do not rely on this case.")
    }

    /// RFC 8032, 7.1, tests 1 and 2.
    @Test(arguments: [
        (
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
        ),
        (
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        ),
    ])
    func signaturesAreThoseOfTheStandard(
        _ key: String, _ publicKey: String, _ message: String, _ signature: String
    ) throws {
        let message = try #require(Hexadecimal.bytes(message))
        let made = try CaseKey.sign(message, by: try #require(Hexadecimal.bytes(key)))
        #expect(
            Hexadecimal.text(made.publicKey) == publicKey && Hexadecimal.text(made.signature) == signature)
        #expect(CaseKey.isValid(made.signature, of: message, by: made.publicKey))
        #expect(!CaseKey.isValid(made.signature, of: message + [0], by: made.publicKey))
    }

    @Test func keysAreReadAsOpenSSLWritesThem() throws {
        let pem =
            "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f\n-----END PRIVATE KEY-----\n"
        #expect(try CaseKey.privateKey(Array(pem.utf8), of: "k") == Self.key)
        for bad in [
            "", pem.replacing("PRIVATE", with: "PUBLIC"), pem.replacing("MC4C", with: "MC4D"),
            pem.replacing("MC4", with: "M!4"), String(pem.dropLast(40)),
        ] {
            #expect(throws: SignatureError.self) { try CaseKey.privateKey(Array(bad.utf8), of: "k") }
        }
    }

    @Test func textOfOthersIsEscapedEverywhere() throws {
        let name = "<script>alert(1)</script>\"'&\\*`|\u{202E}\n# x"
        let run = try FakeRun(environment: name)
        let report = try run.write("any-1")
        for text in [report.html, report.svg] {
            #expect(!text.contains("<script") && text.contains("&lt;script&gt;"))
            #expect(!text.contains("\u{202E}"))
        }
        #expect(!report.markdown.contains("<script"))
        #expect(
            report.dot.split(separator: "\n").allSatisfy {
                $0.count { $0 == "\"" } % 2 == 0 || $0.contains("\\\"")
            })
        #expect(report.html.contains("default-src 'none'"))
        for word in ["http:", "https:", "<script", "<link", "<img", "@import", "url(http"] {
            // The name space of SVG is no address.
            #expect(!report.html.replacing("http://www.w3.org/2000/svg", with: "").contains(word))
        }
        let parser = XMLCheck()
        #expect(parser.isWellFormed(report.svg))
        #expect(!parser.isWellFormed("<svg><g></svg>"))
    }

    @Test func everyNodeIsInEveryPicture() throws {
        let report = try FakeRun().write("fisor-1")
        for node in report.assuranceCase.nodes {
            #expect(report.dot.contains("\n  \"\(node.id)\" ["))
            #expect(report.svg.contains(">\(node.id)"))
            #expect(report.markdown.contains("**\(node.id)**"))
            #expect(report.html.contains("<b>\(node.id)</b>"))
        }
        let boxes = report.svg.matches(of: #/<rect x="(\d+)" y="(\d+)"/#).map { "\($0.1) \($0.2)" }
        #expect(Set(boxes).count == boxes.count && boxes.count > 8)
        // The page's own grows to the right, so that its width is that of the screen, and the top goal is what one sees first.
        let own = try #require(report.html.firstMatch(of: #/<svg [^>]*width="(\d+)" height="(\d+)"/#))
        let wide = try #require(report.svg.firstMatch(of: #/<svg [^>]*width="(\d+)"/#))
        #expect(try #require(Int(own.1)) < 1200 && #require(Int(wide.1)) > 2000)
        let places = report.html.matches(of: #/<rect x="(\d+)" y="(\d+)"/#).map { "\($0.1) \($0.2)" }
        #expect(Set(places).count == places.count && places.count == boxes.count && places[0] == "12 12")
    }
}

/// Whether every element is closed by its own name: enough for what is written here.
private struct XMLCheck {
    func isWellFormed(_ text: String) -> Bool {
        var open: [Substring] = []
        for match in text.matches(of: #/<(/?)(\w+)[^<>]*?(/?)>/#) {
            if match.1 == "/" {
                guard open.popLast() == match.2 else { return false }
            } else if match.3.isEmpty {
                open.append(match.2)
            }
        }
        return open.isEmpty
    }
}
