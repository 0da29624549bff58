import Foundation
import MuJoCoEnvironments
import Testing

@Suite struct MuJoCoSetupTests {
    @Test func placesComeFromTheVariables() {
        let home = ["HOME": "/home/ada"]
        #expect(MuJoCoPlaces(home).models == "/home/ada/.local/share/saferl/mujoco")
        #expect(MuJoCoPlaces(home).library == nil)
        #expect(
            MuJoCoPlaces(home.merging(["XDG_DATA_HOME": "/data"]) { $1 }).models == "/data/saferl/mujoco")
        #expect(
            MuJoCoPlaces(home.merging(["XDG_DATA_HOME": "relative"]) { $1 }).models
                == "/home/ada/.local/share/saferl/mujoco")
        let named = MuJoCoPlaces(["SAFERL_MUJOCO_MODELS": "/m", "SAFERL_MUJOCO_LIBRARY": "/l.so"])
        #expect(named == MuJoCoPlaces(library: "/l.so", models: "/m"))
        let empty = MuJoCoPlaces(
            home.merging(["SAFERL_MUJOCO_MODELS": "", "SAFERL_MUJOCO_LIBRARY": ""]) { $1 })
        #expect(empty == MuJoCoPlaces(home))
    }

    @Test func namesAreFoundWithAndWithoutTheirPrefix() throws {
        #expect(try VelocityTask(named: "mujoco:SafetyAntVelocity-v1") == .ant)
        #expect(try VelocityTask(named: "SafetyAntVelocity-v1") == .ant)
        #expect(
            message { _ = try VelocityTask(named: "mujoco:SafetyHoperVelocity-v1") }
                == "mujoco:SafetyHoperVelocity-v1: unknown task. Did you mean \"mujoco:SafetyHopperVelocity-v1\"?"
        )
        #expect(
            message { _ = try VelocityTask(named: "mujoco:Reacher") }
                == "mujoco:Reacher: unknown task. Known tasks: \(MuJoCoFamily.names.joined(separator: ", "))."
        )
    }

    // Needs the library, which is looked for first.
    @Test(.enabled(if: Installation.isComplete)) func absentAndForeignModelsAreNamedWithTheirRemedy() throws {
        let folder = try TemporaryFolder()
        let places = MuJoCoPlaces(library: MuJoCoPlaces().library, models: folder.path)
        #expect(
            message { _ = try VelocitySimulation(.hopper, places) }
                == "\(folder.path)/hopper.xml: no such model file. Fetch the models with \"saferl env setup mujoco\", "
                + "or name their folder in SAFERL_MUJOCO_MODELS.")
        let file = try folder.write("<mujoco/>", to: "hopper.xml")
        #expect(
            message { _ = try VelocitySimulation(.hopper, places) }
                == "\(file): not the model of gymnasium 0.28.1, by which the task is defined. Fetch the models with "
                + "\"saferl env setup mujoco\".")
    }

    @Test func aMissingPythonIsNamedWithItsRemedy() throws {
        let folder = try TemporaryFolder()
        let setup = MuJoCoSetup(
            python: "/nowhere/python3", places: MuJoCoPlaces(library: nil, models: folder.path + "/models"))
        #expect(
            message { try setup.install { _ in } }
                == "the model files cannot be fetched: /nowhere/python3 does not run. Install Python 3 with pip "
                + "(Debian: apt-get install python3-pip).")
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/models"))
    }

    @Test func withoutANetworkTheReasonOfPipIsSaid() throws {
        let folder = try TemporaryFolder()
        let python = try folder.write(
            """
            #!/bin/sh
            case "$*" in
            *download*)
                echo "ERROR: No matching distribution found for gymnasium==0.28.1" >&2
                echo "a last word" >&2
                exit 1;;
            esac
            echo Python 3.11.7
            """, to: "python", mode: 0o755)
        let setup = MuJoCoSetup(
            python: python, places: MuJoCoPlaces(library: nil, models: folder.path + "/models"))
        #expect(
            message { try setup.install { _ in } }
                == "the model files cannot be fetched: pip could not fetch gymnasium 0.28.1: ERROR: No matching "
                + "distribution found for gymnasium==0.28.1. Without a network, copy the five files from a machine "
                + "that has gymnasium 0.28.1 and name their folder in SAFERL_MUJOCO_MODELS.")
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/models"))
    }

    @Test func anotherPackageIsRefusedByItsDigest() throws {
        let folder = try TemporaryFolder()
        let python = try folder.write(
            """
            #!/bin/sh
            while [ $# -gt 0 ]; do
                if [ "$1" = --dest ]; then printf x > "$2/gymnasium-0.28.1-py3-none-any.whl"; fi
                shift
            done
            echo Python 3.11.7
            """, to: "python", mode: 0o755)
        let setup = MuJoCoSetup(
            python: python, places: MuJoCoPlaces(library: nil, models: folder.path + "/models"))
        #expect(
            message { try setup.install { _ in } }
                == "gymnasium-0.28.1-py3-none-any.whl: its SHA-256 is "
                + "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881, not that of gymnasium 0.28.1. "
                + "Nothing was installed; check where pip fetches packages from.")
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/models"))
    }

    // Needs a network or a package mirror, so it runs only where that is said.
    @Test(.enabled(if: ProcessInfo.processInfo.environment["SAFERL_TEST_NETWORK"] != nil))
    func theModelFilesAreFetched() throws {
        let folder = try TemporaryFolder()
        let places = MuJoCoPlaces(library: "/nowhere/libmujoco.so", models: folder.path + "/models")
        var lines: [String] = []
        try MuJoCoSetup(places: places).install { lines.append($0) }
        #expect(lines.count == 3)
        #expect(lines.last?.hasPrefix("Still to do: MuJoCo 2.2.2 cannot be loaded (/nowhere") == true)
        let files = try FileManager.default.contentsOfDirectory(atPath: places.models).sorted()
        #expect(files == (VelocityTask.allCases.map(\.modelFile) + ["LICENSE"]).sorted())
    }

    // Needs the models, which are taken for a finished installation.
    @Test(.enabled(if: Installation.isComplete)) func aSecondSetupFetchesNothing() throws {
        var lines: [String] = []
        try MuJoCoSetup(python: "/nowhere/python3").install { lines.append($0) }
        #expect(lines.count == 2)
        #expect(lines[0] == "\(MuJoCoPlaces().models): the model files are there.")
        #expect(lines[1].hasSuffix(": MuJoCo 2.2.2."))
    }
}
