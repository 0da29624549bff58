import CKernels

/// The second factor of products with many rows: read in place, or arranged for tiles.
///
/// It is plain data, so that it can be handed to other threads.
struct SecondFactor {
    /// Rows up to which arranging would take longer than the product.
    static let few = 32
    /// Columns from which a tile is worth filling.
    static let narrowest = 16

    /// Read in place: `[inner, columns]`, or `[columns, inner]` if transposed.
    let values: UnsafeMutablePointer<Float>
    let isTransposed: Bool
    let inner, columns: Int
    /// What it is multiplied by.
    let method: ProductMethod
    /// Arranged, for tiles.
    var panels: UnsafeMutablePointer<Float>?
    /// Whether the panels are a network's own.
    var isKept = false

    /// Rows that a shard should have at least.
    var smallestPart: Int { panels == nil ? 512 : 224 }
    /// Rows of the first factor to be worked on at a time: few enough that they and their results stay near.
    var block: Int { panels == nil ? .max : 126 }
    fileprivate var panelCount: Int { (columns + Int(CK_PANEL) - 1) / Int(CK_PANEL) }

    /// c (+)= a·factor on the calling thread; `a` is `[rows, inner]` and `c` `[rows, columns]`, both without gaps.
    func multiply(
        _ a: UnsafePointer<Float>, rows: Int, into c: UnsafeMutablePointer<Float>, accumulate: Bool
    ) {
        if let panels {
            method.multiply(a, panels, self, rows: rows, into: c, accumulate: accumulate)
        } else if rows <= Self.few && !isTransposed && !accumulate && method.hasSmallProduct(columns) {
            if method == .narrowTiles {
                ck_narrow_small_product(a, values, c, rows, columns, inner)
            } else {
                ck_small_product(a, values, c, rows, columns, inner)
            }
        } else {
            BLAS.product(
                rows, columns, inner, a, lda: inner, transposeA: false, values,
                ldb: isTransposed ? inner : columns,
                transposeB: isTransposed, c, ldc: columns, accumulate: accumulate)
        }
    }
}

extension ProductMethod {
    /// Columns of a weight whose gradient is computed in tiles; with more the library is up to 6 % faster than the narrow ones.
    var transposedTiles: ClosedRange<Int> {
        switch self {
        case .tiles, .bf16: SecondFactor.narrowest...Int.max
        case .narrowTiles: SecondFactor.narrowest...512
        case .library: Int.max...Int.max
        }
    }

    /// Whether a product of few rows and so many columns has a form of its own, which reads the second factor in place.
    func hasSmallProduct(_ columns: Int) -> Bool {
        switch self {
        case .narrowTiles: columns > 0 && columns.isMultiple(of: 16)
        case .tiles, .library, .bf16: columns.isMultiple(of: 32) && BLAS.hasWideVectors
        }
    }

    /// Whether panels give a product of few rows the elements that it has without.
    func keepsFew(_ columns: Int) -> Bool { self != .bf16 && hasSmallProduct(columns) }

    /// Arranges some panels of a factor.
    func arrange(_ factor: SecondFactor, _ panels: Range<Int>) {
        let arrange =
            switch self {
            case .narrowTiles: ck_narrow_arrange
            case .bf16: ck_bf16_arrange
            case .tiles, .library: ck_arrange_panels
            }
        arrange(
            factor.values, factor.isTransposed ? factor.inner : factor.columns, factor.isTransposed ? 1 : 0,
            factor.panels, factor.inner, factor.columns, panels.lowerBound, panels.upperBound)
    }

    /// c (+)= a·b for arranged b, on the calling thread.
    func multiply(
        _ a: UnsafePointer<Float>, _ panels: UnsafeMutablePointer<Float>, _ factor: SecondFactor, rows: Int,
        into c: UnsafeMutablePointer<Float>, accumulate: Bool
    ) {
        let multiply =
            switch self {
            case .narrowTiles: ck_narrow_multiply
            case .bf16: ck_bf16_multiply
            case .tiles, .library: ck_multiply_panels
            }
        multiply(
            a, factor.inner, panels, c, factor.columns, rows, factor.columns, factor.inner, accumulate ? 1 : 0
        )
    }

    /// The product of the gradient of a weight, on the calling thread.
    var multiplyTransposed: TransposedTiles {
        switch self {
        case .narrowTiles: ck_narrow_multiply_transposed
        case .bf16: ck_bf16_multiply_transposed
        case .tiles, .library: ck_multiply_transposed
        }
    }
}

/// The signature of `ck_multiply_transposed`.
typealias TransposedTiles =
    @convention(c) (
        UnsafePointer<Float>?, Int, UnsafePointer<Float>?, Int, UnsafeMutablePointer<Float>?, Int, Int, Int,
        Int, Int32, UnsafeMutablePointer<Float>?
    ) -> Void

extension Tape {
    /// Prepares the second factor of a product whose first factor has `rows` rows; `give(back:)` ends its use.
    ///
    /// `values` is `[inner, columns]`, or `[columns, inner]` if transposed. What is arranged stays in `kept`, where that is given
    /// and the numbers never change; elements are the same either way.
    func secondFactor(
        _ values: UnsafeMutablePointer<Float>, isTransposed: Bool, inner: Int, columns: Int, rows: Int,
        kept: UnsafeMutablePointer<KeptPanels>? = nil
    ) -> SecondFactor {
        var factor = SecondFactor(
            values: values, isTransposed: isTransposed, inner: inner, columns: columns, method: products)
        let isWide = columns >= SecondFactor.narrowest && inner > 0 && products.hasTiles
        let isLong = rows > SecondFactor.few && isWide
        if let kept, isLong || isWide && rows > 1 && products.keepsFew(columns) {
            precondition(!isTransposed, "a kept factor is not transposed")
            let size = ck_panels_size(inner, columns)
            if let panels = kept.pointee.panels(products.rawValue, count: size) {
                factor.panels = panels
            } else {
                factor.panels = kept.pointee.place(for: products.rawValue, count: size)
                arrange(factor)
            }
            factor.isKept = true
        } else if isLong {
            factor.panels = reuse(ck_panels_size(inner, columns))
            arrange(factor)
        } else if !isTransposed && callsMalloc(inner, columns, rows) {
            let copy = columns == 1 ? values : allocate(inner * columns)
            if columns > 1 { BLAS.transpose(values, inner, columns, into: copy) }
            factor = SecondFactor(
                values: copy, isTransposed: true, inner: inner, columns: columns, method: products)
        }
        return factor
    }

    private func arrange(_ factor: SecondFactor) {
        let parts = factor.inner * factor.columns < Shards.smallest ? 1 : min(Shards.most, factor.panelCount)
        Shards.run(parts, on: (factor, parts)) { context, part in
            context.0.method.arrange(context.0, Shards.range(part, of: context.1, rows: context.0.panelCount))
        }
    }

    /// Gives back the memory of an arranged factor.
    func give(back factor: SecondFactor) {
        if let panels = factor.panels, !factor.isKept {
            release(panels, count: ck_panels_size(factor.inner, factor.columns))
        }
    }

    /// Whether the library's small products would call malloc: for such widths they do, but not with the second factor
    /// transposed.
    private func callsMalloc(_ inner: Int, _ columns: Int, _ rows: Int) -> Bool {
        let part = rows / Shards.parts(rows: rows, elements: rows * inner * columns / 16)
        return part * inner * columns <= 1_000_000 && !columns.isMultiple(of: 16) && inner > 0
    }

    /// dW (+)= xᵀ·dz for x `[rows, inputs]`, dz `[rows, outputs]` and dW `[inputs, outputs]`.
    ///
    /// Every thread owns some columns or rows of dW and sums over the whole batch, so there is nothing left to add up.
    func multiplyTransposed(
        _ x: UnsafePointer<Float>, _ dz: UnsafePointer<Float>, rows: Int, inputs: Int, outputs: Int,
        into dw: UnsafeMutablePointer<Float>, accumulate: Bool
    ) {
        var product = TransposedProduct(
            x: x, dz: dz, dw: dw, rows: rows, inputs: inputs, outputs: outputs, accumulate: accumulate,
            multiply: products.multiplyTransposed)
        let work = rows * inputs * outputs / 16
        guard rows > SecondFactor.few && products.transposedTiles.contains(outputs) else {
            Shards.overRows(inputs, elements: work, on: product) { $0.libraryRows($1) }
            return
        }
        // The wider factor is split, since every thread reads the other one whole.
        product.splitsInputs = inputs > 2 * outputs
        product.parts =
            work < Shards.smallest
            ? 1 : min(BLAS.threads, Shards.most, product.splitsInputs ? inputs / 32 : product.panelCount)
        // The size must not depend on the number of threads, or changing that would allocate.
        let size = ck_transposed_scratch(outputs) * (product.splitsInputs ? Shards.most : 1)
        let scratch = reuse(size)
        product.scratch = scratch
        Shards.run(product.parts, on: product) {
            if $0.splitsInputs { $0.tiledRows($1) } else { $0.tiledColumns($1) }
        }
        release(scratch, count: size)
    }
}

private struct TransposedProduct {
    let x, dz: UnsafePointer<Float>
    let dw: UnsafeMutablePointer<Float>
    let rows, inputs, outputs: Int
    let accumulate: Bool
    let multiply: TransposedTiles
    var scratch: UnsafeMutablePointer<Float>?
    var parts = 1
    var splitsInputs = false

    var panelCount: Int { (outputs + Int(CK_PANEL) - 1) / Int(CK_PANEL) }

    func libraryRows(_ own: Range<Int>) {
        BLAS.product(
            own.count, outputs, rows, x + own.lowerBound, lda: inputs, transposeA: true, dz, ldb: outputs,
            transposeB: false, dw + own.lowerBound * outputs, ldc: outputs, accumulate: accumulate)
    }

    func tiledRows(_ part: Int) {
        let own = Shards.range(part, of: parts, rows: inputs)
        multiply(
            x + own.lowerBound, inputs, dz, outputs, dw + own.lowerBound * outputs, outputs, own.count,
            outputs, rows, accumulate ? 1 : 0, scratch.map { $0 + part * ck_transposed_scratch(outputs) })
    }

    func tiledColumns(_ part: Int) {
        let panels = Shards.range(part, of: parts, rows: panelCount)
        let start = panels.lowerBound * Int(CK_PANEL)
        multiply(
            x, inputs, dz + start, outputs, dw + start, outputs, inputs,
            min(panels.upperBound * Int(CK_PANEL), outputs) - start, rows, accumulate ? 1 : 0,
            scratch.map { $0 + ck_transposed_scratch(start) })
    }
}
