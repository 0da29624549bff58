import CKernels
import Tensors
import Testing

@Suite struct SmallProductTests {
    @Test(arguments: [1, 2, 3, 4, 7, 8, 9, 16, 31], [(32, 1), (64, 37), (96, 256)])
    func aProductOfFewRowsAgreesWithDouble(_ m: Int, _ size: (n: Int, k: Int)) {
        let (n, k) = size
        let a = Tensor(m, k), b = Tensor(k, n)
        var stream = RandomStream(seed: 3, for: .testing)
        stream.fillNormal(a.buffer)
        stream.fillNormal(b.buffer)
        var c = [Float](repeating: .nan, count: m * n)
        if let a = a.buffer.baseAddress, let b = b.buffer.baseAddress { ck_small_product(a, b, &c, m, n, k) }
        var worst = 0.0
        for row in 0..<m {
            for column in 0..<n {
                let exact = (0..<k).reduce(0.0) { $0 + Double(a[row, $1]) * Double(b[$1, column]) }
                worst = max(worst, abs(exact - Double(c[row * n + column])))
            }
        }
        #expect(worst < 1e-6 * Double(k).squareRoot() * 4)
    }
}
