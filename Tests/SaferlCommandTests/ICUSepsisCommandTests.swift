import SaferlCommand
import Testing

/// ICU-Sepsis on the command line, as long as its parameters are not there.
@Suite(.enabled(if: CommandProcess.binary != nil)) struct ICUSepsisCommandTests {
    private let absence =
        "/nowhere/icu: the parameters of ICU-Sepsis are not there. Fetch them with \"saferl env setup icu-sepsis\", or "
        + "name their folder in SAFERL_ICU_SEPSIS.\n"

    private func run(_ arguments: [String]) throws -> CommandProcess.Result {
        try CommandFolder([:]).run(arguments, shell: "export SAFERL_ICU_SEPSIS=/nowhere/icu")
    }

    @Test func whatNeedsTheParametersSaysHowToGetThem() throws {
        for arguments in [
            ["collect", "icu-sepsis", "--episodes", "2", "--out", "a.hdf5"],
            ["env", "check", "icu-sepsis-terminate"],
        ] {
            let result = try run(arguments)
            #expect(result.errors == absence)
            #expect(result.status == CommandStatus.missingInput.rawValue && result.files.isEmpty)
        }
    }

    @Test func theListSaysThatItIsNotSetUp() throws {
        let result = try run(["env", "list"])
        let lines = result.output.split(separator: "\n").filter { $0.hasPrefix("icu-sepsis") }
        #expect(lines.count == 2 && result.status == 0)
        #expect(lines.allSatisfy { $0.hasSuffix("(not set up: saferl env setup icu-sepsis)") })
        #expect(
            try run(["env", "list", "--json"]).output.contains(#""remedy": "saferl env setup icu-sepsis""#))
    }

    @Test func aPythonThatIsNotThereIsNamed() throws {
        let result = try run(["env", "setup", "icu-sepsis", "--python", "/nowhere/python"])
        #expect(
            result.errors
                == "/nowhere/python does not run. Install Python 3 with pip (Debian: apt-get install python3-pip).\n"
        )
        #expect(result.status == CommandStatus.missingInput.rawValue)
    }
}
