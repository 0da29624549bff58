import Foundation
import Storage
import Tensors
import Testing

/// Runs that version 0.1.0 began at commit 9e4083c and left in the middle, one for each algorithm.
///
/// A key of the configuration or a tensor of the state that came later makes one of them unreadable, unless what they did
/// without it is stated (`ConfigurationFingerprint.addedLater`).
@Suite(.enabled(if: CommandProcess.binary != nil))
struct EarlierRunTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appending(path: "EarlierRuns")

    /// What is known about one of them.
    struct Earlier: CustomTestStringConvertible {
        var algorithm: String
        /// The last update; its folder under `checkpoints`.
        var last: String
        /// Exit code of `resume`: 3 where its own test certifies nothing.
        var ending: Int32 = 0
        /// Whether environments take its policy's actions.
        var acts = true
        /// SHA-256 of the last state with `kernel`.
        var state: String

        var testDescription: String { algorithm }

        /// The matrix kernel that the digests were taken with: others round differently.
        private static let kernel = "SkylakeX + tiles"

        /// Compares the last state with the digest.
        func expectState(in folder: CommandFolder) throws {
            let place = folder.path("run/checkpoints/\(last)/state.safetensors")
            let digest = SHA256.hexadecimal(of: try Data(contentsOf: URL(fileURLWithPath: place)))
            if BLAS.kernel == Self.kernel {
                #expect(digest == state)
            } else {
                print("\(algorithm): no digest is kept for the matrix kernel \(BLAS.kernel); here \(digest)")
            }
        }
    }

    static let earlier = [
        Earlier(
            algorithm: "bc", last: "step-000004000",
            state: "ea1c80d9f75b68c34940bf0283249f2ce1207783a5ff84497938f59ec1139a37"),
        Earlier(
            algorithm: "fisor", last: "step-000002000",
            state: "c5fa4e9c705c6a768e0eafdaa313d9bfb463cc4aca7fefe9466f43b5ec082727"),
        Earlier(
            algorithm: "ogsrl", last: "step-000000060",
            state: "154622740f8dab77ba654ffa04448754f7ef2fe95d1af72d59616be85f7e2e60"),
        Earlier(
            algorithm: "hcrlhf", last: "step-000000160", ending: 3, acts: false,
            state: "73077a37d7480a8cd6866f5d2bd82c25901c5b1c05c0787845f71ce022f45ca7"),
    ]

    static func folder(_ algorithm: String) throws -> CommandFolder {
        let place = root.appending(path: algorithm)
        let paths = try FileManager.default.subpathsOfDirectory(atPath: place.path)
        var files: [String: [UInt8]] = [:]
        for path in paths {
            let url = place.appending(path: path)
            guard try url.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile == true else { continue }
            files["run/" + path] = Array(try Data(contentsOf: url))
        }
        return try CommandFolder(files)
    }

    @Test(arguments: earlier) func itGoesOnToItsEnd(_ run: Earlier) throws {
        let folder = try Self.folder(run.algorithm)
        let result = try folder.run(["resume", "run", "--quiet"])
        #expect(result.status == run.ending, "\(result.errors)")
        try run.expectState(in: folder)
    }

    /// Its configuration is kept as it was written until it changes, and is then written in today's keys.
    @Test func itMayBeTrainedLongerAndThenGoesOnAsARunOfToday() throws {
        let folder = try Self.folder("ogsrl")
        let stored = try String(contentsOfFile: folder.path("run/config.resolved.json"), encoding: .utf8)
        #expect(stored.contains(#""bandwidth""#) && !stored.contains(#""kind""#))
        let result = try folder.run(["resume", "run", "--quiet", "--set", "schedule.steps=62"])
        #expect(result.status == 0, "\(result.errors)")
        let rewritten = try String(contentsOfFile: folder.path("run/config.resolved.json"), encoding: .utf8)
        #expect(rewritten.contains(#""kind""#))
        for arguments in [["resume", "run", "--quiet"], ["evaluate", "run", "--episodes", "2"]] {
            let again = try folder.run(arguments)
            #expect(again.status == 0 && again.errors == "", "\(again.errors)")
        }
    }

    @Test(arguments: earlier) func itIsEvaluatedAndCertified(_ run: Earlier) throws {
        let folder = try Self.folder(run.algorithm)
        let evaluation = try folder.run(["evaluate", "run", "--episodes", "4"])
        #expect(evaluation.status == (run.acts ? 0 : 64), "\(evaluation.errors)")
        #expect(!run.acts || evaluation.output.contains("Episodes"))
        let certificate = try folder.run(
            ["certify", "run", "--episodes", "60", "--limit", "100", "--delta", "0.1"])
        #expect(
            run.acts ? [0, 3].contains(certificate.status) : certificate.status == 64, "\(certificate.errors)"
        )
    }
}
