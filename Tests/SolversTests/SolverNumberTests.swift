import Solvers
import Testing

@Suite struct SolverNumberTests {
    @Test func numbersAreReadAsASolverPrintsThem() {
        let text = "((a0 (- 0.75))\n (a1 (/ 1.0 4.0)) (a2 (- (/ 3.0 2.0))) (a3 1.4142?))\n"
        #expect(SolverNumbers.values(in: text, count: 4) == [-0.75, 0.25, -1.5, 1.4142])
    }

    @Test(arguments: [
        "", "sat", "((a0 1.0)", "((a0 1.0)) (", "((a0 (root-obj (+ (^ x 2) (- 2)) 1)))", "((a0 (/ 1.0 0.0)))",
        "((a0 1.0) (a1 2.0))", "((a0))", "(((a0 1.0)))",
    ])
    func whatIsNoListOfOneNumberIsRefused(_ text: String) {
        #expect(SolverNumbers.values(in: text, count: 1) == nil)
    }
}
