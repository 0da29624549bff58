import Foundation
import Storage
import TestSupport
import Testing
import Verification

/// Certificates are checked without a search, and what was changed in them is found.
@Suite struct CertificateTests {
    private let folder =
        FileManager.default.temporaryDirectory.path + "/saferl-certificates-\(UUID().uuidString)"

    private var path: String { folder + "/c.json" }

    private static func network(bias: Double = 0) -> VerifiableNetwork {
        VerifiableNetwork([
            ([[1, -1], [0.5, 2], [-1, -1]], [0, bias, 0.5]), ([[1, 1, -1], [-0.5, 1, 2]], [0, 0]),
        ])
    }

    private static func property(atMost limit: Double) throws -> VerificationProperty {
        try VerificationProperty(
            json: """
                {"input":{"low":[-1,-1],"high":[1,1]},"property":{"kind":"range","objective":[1,0],"atMost":\(limit)}}
                """, semantics: .real)
    }

    /// Writes the certificate of a limit, and returns the number of its leaves.
    private func write(atMost limit: Double) throws -> Int {
        _ = try SystemFiles().makeDirectories(folder)
        let property = try Self.property(atMost: limit)
        let result = try Verifier().verify(property, of: Self.network())
        try VerificationCertificate(result, property, of: Self.network()).write(to: path)
        return result.record.leafCount
    }

    private func check(_ limit: Double, bias: Double = 0) throws {
        try VerificationCertificate(contentsOf: path).check(
            path, Self.property(atMost: limit), of: Self.network(bias: bias))
    }

    private func message(_ limit: Double, bias: Double = 0) -> String {
        do { try check(limit, bias: bias) } catch {
            return "\(error)".replacingOccurrences(of: folder, with: "")
        }
        return "checked"
    }

    @Test func aProofIsCheckedAndItsLeavesAreSeveral() throws {
        let leaves = try write(atMost: 3.01)
        #expect(leaves > 1)
        #expect(message(3.01) == "checked")
    }

    @Test func anotherNetworkOrPropertyIsRefused() throws {
        _ = try write(atMost: 3.01)
        #expect(message(3.01, bias: 0.25).contains("another network"))
        #expect(message(3.02).contains("another property"))
    }

    @Test func anEditedLeafIsFound() throws {
        _ = try write(atMost: 3.01)
        var bytes = try fileContents(path + ".leaves")
        bytes[3] ^= 1
        try SystemFiles().replaceFile(path + ".leaves", with: bytes)
        #expect(message(3.01).contains("they were changed"))
    }

    /// Rewrites leaves together with the hash that names them, as a forger would.
    private func forge(_ change: (inout [UInt8]) -> Void) throws {
        var bytes = try fileContents(path + ".leaves")
        let old = SHA256.hexadecimal(of: bytes)
        let count = bytes.count
        change(&bytes)
        try SystemFiles().replaceFile(path + ".leaves", with: bytes)
        var text = String(decoding: try fileContents(path), as: UTF8.self)
        text = text.replacingOccurrences(of: old, with: SHA256.hexadecimal(of: bytes))
        text = text.replacingOccurrences(
            of: "\"parts\": [\(count / 33)]", with: "\"parts\": [\(bytes.count / 33)]")
        try SystemFiles().replaceFile(path, with: Array(text.utf8))
    }

    @Test func aMissingLeafIsAGap() throws {
        _ = try write(atMost: 3.01)
        try forge { $0.removeFirst(33) }
        #expect(message(3.01).contains("gap") || message(3.01).contains("overlap"))
    }

    @Test func aLeafThatIsThereTwiceIsAnOverlap() throws {
        _ = try write(atMost: 3.01)
        try forge { $0 += $0.prefix(33) }
        #expect(message(3.01).contains("overlap") || message(3.01).contains("gap"))
    }

    @Test func aLeafThatIsTooLargeToProveIsFound() throws {
        _ = try write(atMost: 3.01)
        try forge { bytes in
            bytes = []
            for value in [-1.0, 1, -1, 1] {
                withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 }
            }
            bytes.append(0)
        }
        #expect(message(3.01).contains("leaf 0 is not proved"))
    }

    @Test func aLaterFormatIsRefused() throws {
        _ = try write(atMost: 3.01)
        let text = String(decoding: try fileContents(path), as: UTF8.self)
        try SystemFiles().replaceFile(
            path,
            with: Array(text.replacingOccurrences(of: "\"certificate\": 1", with: "\"certificate\": 2").utf8))
        #expect(message(3.01).contains("another format"))
    }

    @Test func aCounterExampleIsCheckedToo() throws {
        _ = try write(atMost: 1)
        #expect(message(1) == "checked")
        let text = String(decoding: try fileContents(path), as: UTF8.self)
        #expect(text.contains("\"verdict\": \"violated\""))
        let input = try #require(text.range(of: #""input": \[[-0-9., e]*\]"#, options: .regularExpression))
        try SystemFiles().replaceFile(
            path, with: Array(text.replacingCharacters(in: input, with: "\"input\": [0, 0]").utf8))
        #expect(message(1).contains("no counter-example"))
    }

    @Test func theClaimIsAProof() throws {
        let property = try Self.property(atMost: 3.01)
        let result = try Verifier().verify(property, of: Self.network())
        let claim = VerificationCertificate(result, property, of: Self.network()).claim
        #expect(claim.kind == .proof && claim.verdict == .certified)
        #expect(claim.subject.policy == Self.network().digest)
    }
}
