import Environments
import Foundation
import SafeRL
import TestSupport
import Testing

@Suite struct ICUSepsisKitTests {
    /// A folder that is removed after a test.
    private final class Folder {
        let path: String

        init() throws {
            path =
                FileManager.default.temporaryDirectory.appendingPathComponent("kit-\(UUID().uuidString)").path
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }

        deinit { try? FileManager.default.removeItem(atPath: path) }

        /// A shell script in the place of Python.
        func python(_ lines: String) throws -> String {
            let file = path + "/python"
            try writeScript("#!/bin/sh\n\(lines)\necho Python 3.11.7\n", to: file)
            return file
        }
    }

    private func failure(_ folder: Folder, python: String) -> KitError? {
        #expect(throws: KitError.self) {
            try ICUSepsisKit(folder: folder.path + "/icu").install(
                KitSetup(suites: [], python: python)
            ) { _ in }
        }
    }

    @Test func aMissingPythonIsNamedWithItsRemedy() throws {
        let folder = try Folder()
        let error = failure(folder, python: "/nowhere/python3")
        #expect(error?.kind == .missingInput)
        #expect(
            error?.description
                == "/nowhere/python3 does not run. Install Python 3 with pip (Debian: apt-get install python3-pip)."
        )
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/icu"))
    }

    @Test func withoutANetworkTheReasonOfPipIsSaid() throws {
        let folder = try Folder()
        let python = try folder.python(
            """
            case "$*" in
            *download*)
                echo "ERROR: No matching distribution found for icu-sepsis==2.0.1" >&2
                echo "a last word" >&2
                exit 1;;
            esac
            """)
        let error = failure(folder, python: python)
        #expect(error?.kind == .inputOutput)
        #expect(
            error?.description
                == "pip could not fetch icu-sepsis 2.0.1: ERROR: No matching distribution found for icu-sepsis==2.0.1. "
                + "Give pip access to its packages, or name a folder with the parameters in SAFERL_ICU_SEPSIS."
        )
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/icu"))
    }

    @Test func anotherPackageIsRefusedByItsDigest() throws {
        let folder = try Folder()
        let python = try folder.python(
            """
            while [ $# -gt 0 ]; do
                if [ "$1" = --dest ]; then printf x > "$2/icu_sepsis-2.0.1-py3-none-any.whl"; fi
                shift
            done
            """)
        let error = failure(folder, python: python)
        #expect(
            error?.description
                == "icu_sepsis-2.0.1-py3-none-any.whl: its SHA-256 is "
                + "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881, which is not the published one. "
                + "Nothing of it was used; check where pip fetches packages from.")
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/icu"))
    }

    @Test(NeedsICUSepsis(), .withICUSepsis) func whatIsThereIsNotFetchedAgain() throws {
        let folder = try #require(ICUSepsisData.folder)
        var lines: [String] = []
        try ICUSepsisKit(folder: folder).install(KitSetup(suites: [], python: "/nowhere/python3")) {
            lines.append($0)
        }
        #expect(lines == ["icu-sepsis: already set up in \(folder)"])
    }

    // Needs a network or a package mirror, so it runs only where that is said.
    @Test(.enabled(if: ProcessInfo.processInfo.environment["SAFERL_TEST_NETWORK"] != nil))
    func theParametersAreFetchedOnceAndMended() throws {
        let folder = try Folder()
        let (place, setup) = (folder.path + "/icu", KitSetup(suites: [], python: nil))
        var lines: [String] = []
        try ICUSepsisKit(folder: place).install(setup) { lines.append($0) }
        #expect(lines.last == "icu-sepsis: ready, in \(place)")
        let names = [
            "LICENSE.txt", "expert_policy.csv", "initial.csv", "state_features.csv",
            "transitions_admissible.csv",
        ]
        #expect(try FileManager.default.contentsOfDirectory(atPath: place).sorted() == names)
        try Data("x".utf8).write(to: URL(fileURLWithPath: place + "/initial.csv"))
        try ICUSepsisKit(folder: place).install(setup) { lines.append($0) }
        try ICUSepsisKit(folder: place).install(setup) { lines.append($0) }
        #expect(
            lines.suffix(2) == ["icu-sepsis: ready, in \(place)", "icu-sepsis: already set up in \(place)"])
        let model = try ICUSepsisFolder.$ofTask.withValue(place) { try ICUSepsis.model() }
        #expect(model.states == 715)
    }
}
