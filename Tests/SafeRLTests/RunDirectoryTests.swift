import Foundation
import Glibc
import SafeRL
import TestSupport
import Testing

/// A description of a run on made-up data.
func someRun(
    resolved: String = #"{"quadratic":{"rate":0.05},"schedule":{"steps":200,"keep":2}}"#, data: String = "d0",
    kernel: String = "Haswell"
) throws -> RunDescription {
    try RunDescription(
        algorithm: "quadratic", subject: "toy", version: "0.0.1", seed: 7,
        data: .init(path: "data.hdf5", sha256: data), blas: .init(kernel: kernel, threads: 1),
        given: Array("{ }".utf8),
        resolved: resolved)
}

@Suite struct RunDirectoryTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    private func contents(_ path: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path).sorted()
    }

    @Test func aNewRunHoldsWhatIsNeededToRepeatIt() throws {
        let run = try RunDirectory.create(at: folder.path + "/a/b/", try someRun())
        #expect(run.path == folder.path + "/a/b")
        #expect(
            try contents(run.path)
                == [
                    ".lock", "checkpoints", "config.json", "config.resolved.json", "evaluation",
                    "manifest.json",
                ])
        #expect(try read(run.configurationPath) == Array("{ }".utf8))
        let copy = try RunDirectory.inspect(run.path)
        #expect(copy.manifest == run.manifest)
        #expect(
            copy.manifest.seed == 7 && copy.manifest.algorithm == "quadratic"
                && copy.manifest.saferl == "0.0.1")
        #expect(copy.manifest.data == .init(path: "data.hdf5", sha256: "d0"))
        #expect(copy.manifest.blas == .init(kernel: "Haswell", threads: 1))
        #expect(copy.manifest.cores > 0 && !copy.manifest.finished && copy.manifest.wallSeconds == 0)
        #expect(try copy.resolvedConfiguration() == (try someRun()).resolvedConfiguration)
    }

    @Test func runsWithoutANameAreNumbered() throws {
        for expected in ["quadratic-toy-1", "quadratic-toy-2"] {
            let run = try RunDirectory.create(at: nil, under: folder.path + "/Checkpoints", try someRun())
            #expect(run.path == folder.path + "/Checkpoints/" + expected)
        }
        mkdir(folder.path + "/Checkpoints/quadratic-toy-9", 0o755)
        let run = try RunDirectory.create(at: nil, under: folder.path + "/Checkpoints", try someRun())
        #expect(run.path.hasSuffix("/quadratic-toy-10"))
    }

    @Test func occupiedDirectoriesAreRefusedAndLeftAlone() throws {
        let foreign = folder.path + "/foreign"
        mkdir(foreign, 0o755)
        try overwrite(foreign + "/thesis.tex", [1])
        #expect(throws: RunError.notEmpty(path: foreign, example: "thesis.tex")) {
            try RunDirectory.create(at: foreign, try someRun())
        }
        #expect(try contents(foreign) == ["thesis.tex"])
        #expect(throws: RunError.notADirectory(path: foreign + "/thesis.tex")) {
            try RunDirectory.create(at: foreign + "/thesis.tex", try someRun())
        }
        #expect(throws: RunError.noRun(path: foreign)) { try RunDirectory.resume(foreign, try someRun()) }
        #expect(throws: RunError.noRun(path: foreign)) { try RunDirectory.inspect(foreign) }
        let path = folder.path + "/run"
        _ = try RunDirectory.create(at: path, try someRun())
        #expect(throws: RunError.existingRun(path: path)) { try RunDirectory.create(at: path, try someRun()) }
        #expect(
            RunError.existingRun(path: "r").description
                == "r: holds a run already. Continue it with --resume, or name another directory.")
    }

    @Test func aSecondProcessIsRefusedWithTheHoldersNumber() throws {
        let path = folder.path + "/run"
        let run = try RunDirectory.create(at: path, try someRun())
        #expect(throws: RunError.inUse(path: path, process: getpid())) {
            try RunDirectory.resume(path, try someRun())
        }
        withExtendedLifetime(run) {}
        #expect(
            RunError.inUse(path: "r", process: 123).description
                == "r: in use by process 123. Wait for it, stop it, or name another directory.")
    }

    @Test func aLockIsFreeOnceItsHolderIsGone() throws {
        let path = folder.path + "/run"
        _ = try RunDirectory.create(at: path, try someRun())
        // A number left behind by a process that was killed does not hold the lock.
        try overwrite(path + "/.lock", Array("1\n".utf8))
        #expect(try RunDirectory.resume(path, try someRun()).warnings.isEmpty)
    }

    /// A child that another thread has just forked holds copies of all descriptors for a moment.
    @Test func aLockIsFreeAlsoWhileAChildStillHoldsItsDescriptor() throws {
        let path = folder.path + "/run"
        var copy: Int32 = -1
        do {
            let run = try RunDirectory.create(at: path, try someRun())
            let lock = (3..<1024).first { (descriptor: Int32) in
                var target = [CChar](repeating: 0, count: 4096)
                let count = readlink("/proc/self/fd/\(descriptor)", &target, target.count)
                return count > 0
                    && String(decoding: target.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
                        .hasSuffix(path + "/.lock")
            }
            copy = dup(try #require(lock))
            withExtendedLifetime(run) {}
        }
        defer { close(copy) }
        #expect(try RunDirectory.resume(path, try someRun()).warnings.isEmpty)
    }

    @Test func differencesFromTheStartAreNamed() throws {
        let path = folder.path + "/run"
        _ = try RunDirectory.create(at: path, try someRun())
        let changed = try someRun(
            resolved: #"{"quadratic":{"rate":0.06},"schedule":{"steps":300,"keep":5},"x":[1]}"#)
        #expect(
            throws: RunError.otherConfiguration(
                path: path,
                differences: [
                    "quadratic.rate is 0.06, was 0.05", "schedule.steps is 300, was 200",
                    "x is [1], was not there",
                ])
        ) { try RunDirectory.resume(path, changed) }
        #expect(throws: RunError.otherData(path: path, started: "d0", given: "d1")) {
            try RunDirectory.resume(path, try someRun(data: "d1"))
        }
        let kept = try someRun(resolved: #"{"schedule":{"keep":5,"steps":200},"quadratic":{"rate":5e-2}}"#)
        #expect(try RunDirectory.resume(path, kept).warnings.isEmpty)
        #expect(
            try RunDirectory.resume(path, try someRun(kernel: "SkylakeX")).warnings == [
                "\(path): started with the Haswell kernel and 1 threads, continued with SkylakeX and 1: "
                    + "the last bits may differ from those of an uninterrupted run."
            ])
    }

    @Test func aBrokenManifestIsNamed() throws {
        let path = folder.path + "/run"
        _ = try RunDirectory.create(at: path, try someRun())
        try overwrite(path + "/manifest.json", Array("{".utf8))
        #expect(
            throws: RunError.unreadable(path: path + "/manifest.json", reason: "not the manifest of a run")
        ) {
            try RunDirectory.inspect(path)
        }
    }

    /// Its other members may be of any kind.
    @Test(arguments: ["{\"format\": 2}", "{\"format\": 2, \"algorithm\": {}, \"seed\": -1}"])
    func aManifestOfALaterVersionIsRefusedByItsNumber(text: String) throws {
        let path = folder.path + "/run"
        _ = try RunDirectory.create(at: path, try someRun())
        try overwrite(path + "/manifest.json", Array(text.utf8))
        let error = #expect(throws: RunError.self) { try RunDirectory.inspect(path) }
        #expect(error == .newerFormat(path: path + "/manifest.json", found: 2, supported: 1))
        #expect(error?.kind == .badData)
        #expect(
            error.map { "\($0)" }
                == "\(path)/manifest.json: run format 2 is newer than 1, the newest that this saferl reads. Update saferl."
        )
        #expect(throws: RunError.self) { try RunDirectory.resume(path, try someRun()) }
        // A checkpoint counts its formats by itself.
        try overwrite(path + "/state.safetensors", [0])
        #expect(throws: RunError.checkpoint(path: path)) { try RunDirectory.inspect(path) }
    }

    @Test func aManifestOfNoVersionIsNone() throws {
        let path = folder.path + "/run"
        _ = try RunDirectory.create(at: path, try someRun())
        let manifest = path + "/manifest.json"
        let text = String(decoding: try fileContents(manifest), as: UTF8.self)
        let zero = text.replacing("\"format\" : 1", with: "\"format\" : 0")
        #expect(zero != text)
        try overwrite(manifest, Array(zero.utf8))
        #expect(throws: RunError.unreadable(path: manifest, reason: "not the manifest of a run")) {
            try RunDirectory.inspect(path)
        }
    }

    @Test(arguments: [FaultyFiles.Fault.once(ENOSPC), .lasting(ENOSPC), .once(EACCES)])
    func nothingIsLeftOfARunThatCannotBeMade(fault: FaultyFiles.Fault) throws {
        let counting = FaultyFiles()
        _ = try RunDirectory.create(at: folder.path + "/x/count", try someRun(), operations: counting)
        for call in 1...counting.calls {
            let files = FaultyFiles(fault, at: call)
            let above = "\(folder.path)/\(call)"
            #expect(throws: StorageError.self, "call \(call)") {
                try RunDirectory.create(at: above + "/run", try someRun(), operations: files)
            }
            #expect(!FileManager.default.fileExists(atPath: above), "call \(call)")
        }
    }

    /// So that a run from before a key existed can be continued.
    @Test func aRunGoesOnWithWhatItsDefaultsWere() {
        func unsaid(_ transitions: Int) -> [String] {
            ConfigurationFingerprint.unsaid(
                in: #"{"data":{"collect":{"transitions":\#(transitions),"episodes":5,"behaviour":""}}}"#)
        }
        #expect(unsaid(100_000).contains("data.collect.transitions=100000"))
        #expect(unsaid(0) == unsaid(100_000).filter { $0 != "data.collect.transitions=100000" })
        #expect(unsaid(5000) == unsaid(0))
    }

    @Test func aKeyThatCameLaterCountsWhereItAsksForSomethingNew() throws {
        func hash(_ collect: String) throws -> String {
            try ConfigurationFingerprint(resolved: #"{"data":{"collect":{"seed":1\#(collect)}}}"#).hash
        }
        let before = try hash("")
        #expect(try hash(#","behaviour":"","episodes":0"#) == before)
        #expect(try hash(#","behaviour":"random","episodes":0"#) != before)
        #expect(try hash(#","behaviour":"","episodes":3"#) != before)
        #expect(try hash(#","transitions":0"#) != before)
    }

    @Test func everyKeyButTheChangeableOnesCounts() throws {
        func hash(_ text: String) throws -> String { try ConfigurationFingerprint(resolved: text).hash }
        let start = try hash(
            #"{"seed":18446744073709551615,"schedule":{"log":1,"checkpoint":5},"n":null,"e":{}}"#)
        #expect(
            try start
                == hash(
                    "{ \"schedule\": {\"checkpoint\": 6, \"log\": 1}, \"e\":{}, \"n\":null, \"seed\":18446744073709551615}"
                ))
        #expect(
            try start
                != hash(#"{"seed":18446744073709551614,"schedule":{"log":1,"checkpoint":5},"n":null,"e":{}}"#)
        )
        #expect(
            try start
                != hash(#"{"seed":18446744073709551615,"schedule":{"log":2,"checkpoint":5},"n":null,"e":{}}"#)
        )
        #expect(
            try start
                != hash(#"{"seed":18446744073709551615,"schedule":{"log":1,"checkpoint":5},"n":0,"e":{}}"#))
        // Which files a run may learn from decides no number of it.
        let data = try hash(#"{"data":{"file":"a.hdf5"}}"#)
        for list in ["", "known.txt"] {
            #expect(try hash(#"{"data":{"file":"a.hdf5","allow":"\#(list)"}}"#) == data)
        }
        #expect(try hash(#"{"a":"1"}"#) != hash(#"{"a":1}"#))
        #expect(try hash(#"{"a":true}"#) != hash(#"{"a":1}"#))
    }
}
