import CKernels
import Tensors
import Testing

@Suite struct SmallProductTests {
    @Test(arguments: [1, 2, 3, 4, 7, 8, 9, 16, 31], [(32, 1), (64, 37), (96, 256)])
    func aProductOfFewRowsAgreesWithDouble(_ m: Int, _ size: (n: Int, k: Int)) {
        let (n, k) = size
        check(m, n, k) { ck_small_product($0, $1, $2, m, n, k) }
    }

    /// Widths that are no multiple of a tile's, and sums longer than a piece.
    @Test(
        .enabled(if: ProductMethod.available.contains(.narrowTiles)),
        arguments: [1, 2, 3, 5, 6, 7, 13, 31], [(16, 1), (32, 63), (17, 64), (3, 65), (300, 130), (48, 0)])
    func aNarrowProductOfFewRowsAgreesWithDouble(_ m: Int, _ size: (n: Int, k: Int)) {
        let (n, k) = size
        check(m, n, k) { ck_narrow_small_product($0, $1, $2, m, n, k) }
    }

    private func check(
        _ m: Int, _ n: Int, _ k: Int,
        _ product: (UnsafePointer<Float>, UnsafePointer<Float>, UnsafeMutablePointer<Float>) -> Void
    ) {
        let a = Tensor(m, k), b = Tensor(k, n)
        var stream = RandomStream(seed: 3, for: .testing)
        stream.fillNormal(a.buffer)
        stream.fillNormal(b.buffer)
        var c = [Float](repeating: .nan, count: m * n)
        if let a = a.buffer.baseAddress, let b = b.buffer.baseAddress { product(a, b, &c) }
        var worst = 0.0
        for row in 0..<m {
            for column in 0..<n {
                let exact = (0..<k).reduce(0.0) { $0 + Double(a[row, $1]) * Double(b[$1, column]) }
                let error = abs(exact - Double(c[row * n + column]))
                worst = error <= worst ? worst : error
            }
        }
        #expect(worst < 1e-6 * Double(k).squareRoot() * 4 || k == 0 && worst == 0)
    }
}
