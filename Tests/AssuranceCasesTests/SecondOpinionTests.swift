import AssuranceCases
import Foundation
import Solvers
import Testing

/// Z3 where it is installed.
enum Installed {
    static let isThere = (try? Z3Library()) != nil
    static let reason: Comment = "libz3.so.4 is not installed (apt-get install libz3-4)"
}

/// Libraries that misbehave, made by the compiler that compiled these tests.
private enum FakeLibrary {
    static let compiler = ["/usr/bin/clang", "/opt/swift/usr/bin/clang", "/usr/bin/cc", "/usr/bin/gcc"].first
    {
        FileManager.default.isExecutableFile(atPath: $0)
    }
    static let reason: Comment = "no C compiler is installed"

    /// The functions that saferl needs; `evaluate` is the body of the one that answers.
    static func make(_ evaluate: String, complete: Bool = true) throws -> String {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("z3-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let (source, library) = (folder.appendingPathComponent("a.c"), folder.appendingPathComponent("a.so"))
        var text = """
            #include <stdio.h>
            #include <stdlib.h>
            #include <unistd.h>
            const char *Z3_get_full_version(void) { return "0.0"; }
            void *Z3_mk_config(void) { return malloc(8); }
            void Z3_del_config(void *c) { free(c); }
            void *Z3_mk_context(void *c) { return malloc(8); }
            void Z3_del_context(void *c) { free(c); }
            void Z3_set_error_handler(void *c, void *h) {}

            """
        if complete { text += "const char *Z3_eval_smtlib2_string(void *c, const char *t) { \(evaluate) }\n" }
        try Data(text.utf8).write(to: source)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try #require(compiler))
        process.arguments = ["-shared", "-fPIC", "-w", "-o", library.path, source.path]
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        return library.path
    }
}

@Suite struct SecondOpinionTests {
    private func step(_ conclusion: String = "x <= 1") throws -> ArithmeticStep {
        try ArithmeticStep(premises: ["x <= 1"], conclusion: conclusion)
    }

    private func decide(_ opinion: (any SecondOpinion)?, _ conclusion: String = "x <= 1") throws -> Entailment
    {
        try step(conclusion).decide({ _ in nil }, opinion: opinion)
    }

    private let alone = Entailment.proved(solvers: "built-in elimination")

    @Test func anAbsentLibraryChangesNothing() throws {
        #expect(try decide(Z3Apart(path: "/nowhere/libz3.so")) == alone)
    }

    @Test(.enabled(if: Installed.isThere, Installed.reason)) func anInstalledLibraryConfirms() throws {
        guard case .proved(let solvers) = try decide(Z3Apart()) else {
            Issue.record("not proved")
            return
        }
        #expect(solvers.hasPrefix("built-in elimination and Z3 4."))
    }

    @Test(
        .enabled(if: FakeLibrary.compiler != nil, FakeLibrary.reason),
        arguments: [
            "*(volatile int *)0 = 1; return \"\";", "abort();", "exit(0);", "_exit(0);", "return 0;",
            "for (;;) pause();", "for (;;) {}", "return \"unknown\\nunknown\";", "return \"unsat\";",
            "return \"\";", "return \"(error \\\"no\\\")\\nunsat\\nsat\";", "return \"unsat\\nsat\\nsat\";",
            "char *b = malloc(100000); for (int i = 0; i < 99999; i++) b[i] = 'a'; b[99999] = 0; return b;",
            "printf(\"unsat\\nsat\"); return \"\";", "return \"unsat\\nunknown\";",
        ])
    func whatEndsHangsOrRavesChangesNothing(_ body: String) throws {
        let library = try FakeLibrary.make(body)
        #expect(try decide(Z3Apart(path: library, milliseconds: 700)) == alone)
        // What is not implied is not proved by it either.
        let other = try decide(Z3Apart(path: library, milliseconds: 700), "x <= 0")
        #expect(other == .refuted(model: ["x": .one / Rational(2)], solvers: "built-in elimination"))
    }

    @Test(.enabled(if: FakeLibrary.compiler != nil, FakeLibrary.reason)) func anOldLibraryIsNotAsked() throws
    {
        #expect(try decide(Z3Apart(path: FakeLibrary.make("", complete: false))) == alone)
    }

    @Test(
        .enabled(if: FakeLibrary.compiler != nil, FakeLibrary.reason),
        arguments: ["sat\\nsat", "unsat\\nunsat", "sat\\nunsat"])
    func adisagreementIsRefused(_ answer: String) throws {
        let library = try FakeLibrary.make("return \"\(answer)\";")
        let error = #expect(throws: SolverDisagreement.self) { try decide(Z3Apart(path: library)) }
        #expect(error?.kind.exitCode == 70 && error?.description.contains("Z3 0.0") == true)
    }

    @Test(.enabled(if: FakeLibrary.compiler != nil, FakeLibrary.reason)) func aLibraryThatLiesProvesNothing()
        throws
    {
        let library = try FakeLibrary.make("return \"unsat\\nsat\";")
        #expect(throws: SolverDisagreement.self) { try decide(Z3Apart(path: library), "x <= 0") }
    }
}
