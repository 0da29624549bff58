import Foundation
import SaferlCommand
import Testing

/// What OGSRL says through the command where a fit fails, and where a guardian is asked about what it was not fitted on.
@Suite struct OGSRLCommandTests {
    @Test(.enabled(if: CommandProcess.binary != nil), arguments: BadInput.fits)
    func aFitThatFailsEndsTheRunWithOneLine(_ bad: BadInput) throws {
        let result = try CommandProcess.run(bad.arguments, files: bad.files)
        #expect(result.errors == bad.message + "\n")
        #expect(result.status == bad.status)
        #expect(result.output == "")
        #expect(!result.files.contains("run/report.json"))
    }

    @Test(.enabled(if: CommandProcess.binary != nil)) func aRunWhoseFitFailedSaysSoAgainAndHasNoPolicy()
        throws
    {
        let folder = try CommandFolder([
            "my.json": Array(BadInput.cohort.utf8), "tiny.hdf5": HDF5Columns().bytes,
        ])
        let trained = try folder.run([
            "train", "my.json", "--quiet", "--run", "run", "--set", "ogsrl.guardian.visits=2",
        ])
        let resumed = try folder.run(["resume", "run", "--quiet"])
        for result in [trained, resumed] {
            #expect(
                result.errors
                    == "guardian: the threshold -2.0 calls every training point outside. Lower visits. This run cannot "
                    + "go on: start a new one.\n")
            #expect(result.status == CommandStatus.configuration.rawValue)
        }
        let evaluated = try folder.run(["evaluate", "run", "--environment", "point-robot"])
        #expect(
            evaluated.errors
                == "run/checkpoints/step-000000000: written before the run had a policy. Continue the run with "
                + "\"saferl resume\", or use another one.\n")
        #expect(evaluated.status == CommandStatus.badData.rawValue)
    }

    /// All three observation values and the action are one number, so that monomials depend on each other.
    @Test(.enabled(if: CommandProcess.binary != nil)) func singularMomentsAreNotedInTheReport() throws {
        let columns = HDF5Columns().with { columns in
            columns.observations = (0..<180).map { Float($0 / 3 % 2) }
            columns.actions = (0..<60).map { Float($0 % 2) }
        }
        let folder = try CommandFolder(["my.json": Array(BadInput.cohort.utf8), "tiny.hdf5": columns.bytes])
        let result = try folder.run([
            "train", "my.json", "--quiet", "--run", "run", "--set", #"ogsrl.guardian="christoffel""#,
        ])
        #expect(result.errors == "" && result.status == 0)
        let report = try String(contentsOfFile: folder.path("run/report.md"), encoding: .utf8)
        #expect(
            report.contains(
                "| Note | 13 of 15 monomials depend on the others on these points, as the square of a binary feature "
                    + "does; points that break the dependence count as outside (ridge 1e-09). |"))
    }

    @Test(.enabled(if: CommandProcess.binary != nil)) func aGuardianOfOtherFeaturesIsRefused() throws {
        let folder = try CommandFolder([
            "my.json": Array(BadInput.cohort.utf8), "tiny.hdf5": HDF5Columns().bytes,
        ])
        let trained = try folder.run(["train", "my.json", "--quiet", "--run", "run"])
        try #require(trained.status == 0, "\(trained.errors)")
        let evaluated = try folder.run(["evaluate", "run", "--environment", "gumbel-sepsis"])
        #expect(
            evaluated.errors
                == "the policy's observation has 3 values, the environment's 7. Name the environment that the policy "
                + "was trained for.\n")
        #expect(evaluated.status == CommandStatus.configuration.rawValue)
        let other = HDF5Columns().with {
            $0.observationShape = [60, 2]; $0.observations.removeLast(60)
        }
        try other.write(to: folder.path("tiny.hdf5"))
        let text = try String(contentsOfFile: folder.path("run/manifest.json"), encoding: .utf8)
        try text.replacing(#""finished" : true"#, with: #""finished" : false"#)
            .write(toFile: folder.path("run/manifest.json"), atomically: true, encoding: .utf8)
        let resumed = try folder.run(["resume", "run", "--quiet"])
        #expect(
            resumed.errors.hasPrefix("run: the content of the data differs: the run was started on SHA-256 "))
        #expect(resumed.errors.hasSuffix(". Give the same data, or start a new run.\n"))
        #expect(resumed.status == CommandStatus.badData.rawValue)
    }
}
