import Foundation
import MuJoCoEnvironments
import Testing

@Suite struct MuJoCoSetupTests {
    @Test func placesComeFromTheVariables() {
        let home = ["HOME": "/home/ada"]
        #expect(MuJoCoPlaces(home).models == "/home/ada/.local/share/saferl/mujoco")
        #expect(MuJoCoPlaces(home).library == nil && MuJoCoPlaces(home).namedModels == nil)
        #expect(
            MuJoCoPlaces(home.merging(["XDG_DATA_HOME": "/data"]) { $1 }).models == "/data/saferl/mujoco")
        #expect(MuJoCoPlaces(["SAFERL_HOME": "/own", "XDG_DATA_HOME": "/data"]).models == "/own/mujoco")
        let named = MuJoCoPlaces(["SAFERL_MUJOCO_MODELS": "/m", "SAFERL_MUJOCO_LIBRARY": "/l.so"])
        #expect(named.library == "/l.so" && named.models == "/m")
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
                == "mujoco:Reacher: unknown task. Known tasks: \(VelocityTask.allCases.map(\.name).joined(separator: ", "))."
        )
    }

    // Needs the library, which is looked for first.
    @Test(.enabled(if: Installation.isComplete)) func absentAndForeignModelsAreNamedWithTheirRemedy() throws {
        let folder = try TemporaryFolder()
        let places = MuJoCoPlaces(library: Installation.library, folder: folder.path)
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
            python: "/nowhere/python3", places: MuJoCoPlaces(folder: folder.path + "/models"))
        #expect(
            message { try setup.install { _ in } }
                == "/nowhere/python3 does not run. Install Python 3 with pip "
                + "(Debian: apt-get install python3-pip).")
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/models"))
    }

    @Test func withoutANetworkTheReasonOfPipIsSaid() throws {
        let folder = try TemporaryFolder()
        let python = try folder.script(
            """
            #!/bin/sh
            case "$*" in
            *download*)
                echo "ERROR: No matching distribution found for gymnasium==0.28.1" >&2
                echo "a last word" >&2
                exit 1;;
            esac
            echo Python 3.11.7
            """, to: "python")
        let setup = MuJoCoSetup(
            python: python, places: MuJoCoPlaces(folder: folder.path + "/models"))
        #expect(
            message { try setup.install { _ in } }
                == "pip could not fetch gymnasium 0.28.1: ERROR: No matching "
                + "distribution found for gymnasium==0.28.1. Give pip access to its packages, or name files that are "
                + "there already in SAFERL_MUJOCO_MODELS and SAFERL_MUJOCO_LIBRARY.")
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/models"))
    }

    @Test func anotherPackageIsRefusedByItsDigest() throws {
        let folder = try TemporaryFolder()
        let python = try folder.script(
            """
            #!/bin/sh
            while [ $# -gt 0 ]; do
                if [ "$1" = --dest ]; then printf x > "$2/gymnasium-0.28.1-py3-none-any.whl"; fi
                shift
            done
            echo Python 3.11.7
            """, to: "python")
        let setup = MuJoCoSetup(
            python: python, places: MuJoCoPlaces(folder: folder.path + "/models"))
        #expect(
            message { try setup.install { _ in } }
                == "gymnasium-0.28.1-py3-none-any.whl: its SHA-256 is "
                + "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881, which is not the published one. "
                + "Nothing of it was installed; check where pip fetches packages from.")
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/models"))
    }

    // Needs a network or a package mirror, so it runs only where that is said.
    @Test(.enabled(if: ProcessInfo.processInfo.environment["SAFERL_TEST_NETWORK"] != nil))
    func theModelFilesAndTheLibraryAreFetchedOnce() throws {
        let folder = try TemporaryFolder()
        let places = MuJoCoPlaces(folder: folder.path + "/mujoco")
        var lines: [String] = []
        try MuJoCoSetup(places: places).install { lines.append($0) }
        #expect(lines.count == 3)
        #expect(lines.last == "Ready: MuJoCo 2.2.2 (\(places.fetchedLibrary)), models in \(places.folder).")
        let files = try FileManager.default.contentsOfDirectory(atPath: places.folder)
        #expect(files.count == 9)
        lines = []
        try MuJoCoSetup(python: "/nowhere/python3", places: places).install { lines.append($0) }
        #expect(lines.count == 1)
        // A damaged file is fetched again.
        try Data("x".utf8).write(to: URL(filePath: places.folder + "/ant.xml"))
        try MuJoCoSetup(places: places).install { lines.append($0) }
        #expect(lines.count == 3)
        _ = try VelocitySimulation(.ant, places)
        let file = try folder.write("", to: "file")
        #expect(
            message { try MuJoCoSetup(places: MuJoCoPlaces(folder: file + "/mujoco")).install { _ in } }
                == "\(file)/mujoco: cannot be created or written to. Name a folder that you may write to in SAFERL_HOME."
        )
    }

    // Needs library and models, which stand here for named ones.
    @Test(.enabled(if: Installation.isComplete)) func whatTheUserNamesIsLeftAlone() throws {
        let folder = try TemporaryFolder()
        let places = MuJoCoPlaces(
            library: Installation.library, models: MuJoCoPlaces().models, folder: folder.path + "/mujoco")
        var lines: [String] = []
        try MuJoCoSetup(python: "/nowhere/python3", places: places).install { lines.append($0) }
        #expect(lines.count == 1 && lines[0].hasPrefix("Ready: MuJoCo 2.2.2 ("))
        #expect(!FileManager.default.fileExists(atPath: places.folder))
    }

    @Test func aPipThatFetchesNothingIsNoticed() throws {
        let folder = try TemporaryFolder()
        let python = try folder.script("#!/bin/sh\necho Python 3.11.7\n", to: "python")
        let setup = MuJoCoSetup(python: python, places: MuJoCoPlaces(folder: folder.path + "/mujoco"))
        // This false pip fetches nothing, which is noticed before anything is stored.
        #expect(
            message { try setup.install { _ in } }
                == "pip fetched another package than gymnasium-0.28.1-py3-none-any.whl. Check where it fetches from."
        )
    }
}
