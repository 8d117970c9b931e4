// The analysis without its thread: what the worker would do happens in step().
import { Analyser } from '../../src/core/analysis/analyser.js';
import type { Analysis } from '../../src/core/analysis/analysis.js';
import { AnalysisIndex } from '../../src/core/analysis/analysis-index.js';
import type { Recorder } from '../../src/core/recorder/recorder.js';

export class InProcessAnalysis extends AnalysisIndex implements Analysis {
  /** What happens on another thread is no part of the screen (deepState). */
  readonly #analyser: Analyser;

  /** @param now milliseconds: a census is taken once in 1000 of them */
  constructor(
    recorder: Recorder,
    liveBudget: number | null,
    now: () => number = () => performance.now(),
    tellsChanges = false,
  ) {
    super(recorder, (request) => this.addAnswer(structuredClone(this.#analyser.answer(structuredClone(request)))));
    this.#analyser = new Analyser(recorder, this.table, this.details, this.numbers, { liveBudget, tellsChanges, now });
  }

  /** Decodes what is there, for at most 50 ms. */
  step(): void {
    const report = this.#analyser.run(50);
    if (report) this.add(structuredClone(report));
  }

  async finish(): Promise<void> {
    this.#analyser.finish();
    while (!this.complete) this.step();
  }

  async close(): Promise<void> {}
}
