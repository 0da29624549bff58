import CKernels
import Tensors
import Testing

@Suite struct AdamOfDoublesTests {
    /// What runs in vectors must not round a product and a sum together, or a run would not go on with the same bits elsewhere.
    @Test(arguments: [0, 0.01])
    func aStepRoundsEveryOperation(decay: Double) {
        var stream = RandomStream(seed: 3, for: .testing)
        func draw() -> [Double] { (0..<131).map { _ in Double(stream.nextNormal()) / 3 } }
        let (gradient, start, mean, square) = (draw(), draw(), draw(), draw().map { $0 * $0 })
        var step = ck_adam_step_of_doubles(
            rate: 3e-4, beta1: 0.9, beta2: 0.999, correction1: 1 / (1 - 0.81), correction2: 1 / (1 - 0.998),
            epsilon: 1e-8, decay: decay, scale: 0.7)
        var (w, m, v) = (start, mean, square)
        ck_adam_of_doubles(&w, gradient, &m, &v, w.count, &step)
        for i in w.indices {
            let derivative = step.scale * gradient[i]
            let first = step.beta1 * mean[i] + (1 - step.beta1) * derivative
            let second = step.beta2 * square[i] + (1 - step.beta2) * derivative * derivative
            let change =
                step.rate * step.correction1 * first
                / ((step.correction2 * second).squareRoot() + step.epsilon)
            #expect(m[i] == first)
            #expect(v[i] == second)
            #expect(w[i] == start[i] - (decay == 0 ? change : change + decay * step.rate * start[i]))
        }
    }
}
