import Foundation
import SafeRL
import SaferlCommand
import Testing

// The binary stands beside the tests after `swift build`; without it there is nothing to run.
@Suite(.enabled(if: CommandProcess.binary != nil)) struct ExportCommandTests {
    @Test(arguments: ["onnx", "c", "python", "safetensors"]) func aPolicyIsWrittenOnce(_ format: String)
        throws
    {
        let folder = try CommandFolder(TinyRun.files)
        let file = "run/policy.\(format == "python" ? "py" : format)"
        let result = try folder.run(["export", "run", "--to", format])
        #expect(result.status == 0 && result.errors == "", "\(result.errors)")
        let lines = result.output.split(separator: "\n")
        #expect(lines.count == 3 && lines[0].hasPrefix("\(file): ") && lines[0].contains(", SHA-256 "))
        #expect(lines[1] == "It reads 3 numbers of an observation and 10 numbers of noise, and gives 1.")
        #expect(
            lines[2].hasPrefix("On 64 random observations its numbers and the policy's differ by at most "))
        let bytes = try #require(try folder.contents()[file])
        #expect(!bytes.isEmpty)
        // A second one needs to be asked for, and gives the same bytes.
        let again = try folder.run(["export", "run", "--to", format])
        #expect(again.status == 73)
        #expect(again.errors.contains("there already. Add --force to replace it"))
        #expect(try folder.run(["export", "run", "--to", format, "--force"]).status == 0)
        #expect(try folder.contents()[file] == bytes)
    }

    @Test func aNetworkIsWrittenAlone() throws {
        let folder = try CommandFolder(TinyRun.files)
        let result = try folder.run(["export", "run", "--to", "onnx", "--network", "vh", "--out", "v.onnx"])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.contains("It reads 3 numbers of an observation, and gives 1."))
        let network = try VerifiableNetwork(onnx: folder.path("v.onnx"))
        #expect(network.inputs == 3 && network.outputs == 1)
    }

    @Test func aGuardianOfTheDataIsWritten() throws {
        let folder = try CommandFolder(TinyRun.files)
        let result = try folder.run(["export", "run", "--to", "c", "--guardian", "count"])
        #expect(result.status == 0 && result.errors == "", "\(result.errors)")
        let lines = result.output.split(separator: "\n")
        #expect(lines.count == 2 && lines[0].hasPrefix("run/guardian.c: "))
        #expect(
            lines[1] == "It reads 4 numbers of an observation and an action; scores above -1.0 are outside.")
        let text = String(decoding: try #require(try folder.contents()["run/guardian.c"]), as: UTF8.self)
        #expect(text.contains("#define GUARDIAN_POINT 4\n"))
    }

    @Test func optionsOfActingArePartOfThePolicy() throws {
        let folder = try CommandFolder(TinyRun.files)
        let result = try folder.run(
            [
                "export", "run", "--to", "c", "--set", "fisor.candidates=1", "--set",
                "fisor.sampler=dpm-solver",
            ])
        #expect(
            result.output.contains("1 numbers of noise, and gives 1."), "\(result.errors)\(result.output)")
    }
}

// Policies that cannot be exported.
extension BadInput {
    private static func export(
        _ name: String, _ arguments: [String], _ message: String, _ status: CommandStatus
    ) -> BadInput {
        BadInput(
            name: name, arguments: ["export"] + arguments, files: TinyRun.files, message: message,
            status: status.rawValue)
    }

    static let exports: [BadInput] = [
        export(
            "a guardian of no name", ["run", "--to", "c", "--guardian", "kdf"],
            "--guardian kdf: must be count, neighbours or kde. See \"saferl export --help\".", .usage),
        export(
            "a guardian in another language", ["run", "--to", "onnx", "--guardian", "kde"],
            "--guardian is written with --to c alone. See \"saferl export --help\".", .usage),
        export(
            "a guardian of a network", ["run", "--to", "c", "--guardian", "kde", "--network", "vh"],
            "--guardian is of the data: --network, --checkpoint and --set have no effect. See \"saferl export --help\".",
            .usage),
        export(
            "a rate of no guardian", ["run", "--to", "c", "--guard-alpha", "0.1"],
            "--guard-alpha needs --guardian. See \"saferl export --help\".", .usage),
        export(
            "a rate of one", ["run", "--to", "c", "--guardian", "kde", "--guard-alpha", "1"],
            "--guard-alpha 1.0: must be between 0 and 1. See \"saferl export --help\".", .usage),
        export(
            "a guardian without a form in C", ["run", "--to", "c", "--guardian", "christoffel"],
            "--guardian christoffel: has no form in C. Name count, neighbours or kde. See \"saferl export --help\".",
            .usage),
        usage(
            "histograms of no event file", ["train", "my.json", "--events", "off", "--histograms"],
            "--histograms has no effect with --events off. Leave one of them out. See \"saferl train --help\"."
        ),
        BadInput(
            name: "a monitor in C of rules about calls", arguments: ["guard", "export", "x.rules"],
            files: ["x.rules": Array("rules 1\ncall hit(x: number)\nrule r: each hit(x: v): v < 3\n".utf8)],
            message:
                "x.rules: rule r reads events or calls, and a monitor in C reads signals alone. Link saferlguard for it "
                + "(docs/guard.md), or leave the rule out.", status: CommandStatus.configuration.rawValue),
        BadInput(
            name: "a monitor in C over a file that is there", arguments: ["guard", "export", "x.rules"],
            files: ["x.rules": Array("rules 1\nsignal a = action[0]\nrule r: a < 1\n".utf8), "x.c": []],
            message: "x.c: there already. Add --force to replace it, or name another file.",
            status: CommandStatus.cannotCreate.rawValue),
        export(
            "export of no run", ["nowhere", "--to", "c"],
            #"nowhere: holds no run. Check the path, or start one with "saferl train"."#, .missingInput),
        export(
            "export of a network that is not there", ["run", "--to", "onnx", "--network", "vq"],
            "run/checkpoints/step-000000020: no network \"vq\". It has vh, vr, qh, qr.", .usage),
        export(
            "export of a step without a checkpoint", ["run", "--to", "c", "--checkpoint", "10"],
            "run/checkpoints: no checkpoint of step 10. Those there are: 20.", .missingInput),
        export(
            "export over a file", ["run", "--to", "c", "--out", "my.json"],
            "my.json: there already. Add --force to replace it, or name another file.", .cannotCreate),
        export(
            "export into a folder that is not there", ["run", "--to", "c", "--out", "deep/p.c"],
            "deep/p.c: cannot create: No such file or directory. Check the path, or restore the file from a copy.",
            .cannotCreate),
        export(
            "export to an unknown format", ["run", "--to", "tflite"],
            "The value 'tflite' is invalid for '--to <format>'. Please provide one of 'onnx', 'c', 'safetensors' or 'python'. See \"saferl export --help\".",
            .usage),
    ]
}
