// The scenario as a text, with its problems where they are, and what may stand at the caret.
import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Words } from '../simulator';
import { completionAt } from './completion';
import type { Completion } from './completion';
import { offsetOf } from './values';

export interface Problem {
    line: number; // 0: of the whole
    column: number;
    text: string;
    isNote: boolean;
}

/** "name:3:7: error: what", as the program prints them. */
export function problemsOf(lines: string): Problem[] {
    return lines.split('\n').filter((line) => line !== '').map((line) => {
        const match = /^.*?:(?:(\d+):(\d+):)? (error|note): (.*)$/s.exec(line);
        return match ? { line: Number(match[1] ?? 0), column: Number(match[2] ?? 0), text: match[4] ?? '', isNote: match[3] === 'note' }
            : { line: 0, column: 0, text: line, isNote: false };
    });
}

interface EditorProps {
    text: string;
    problems: Problem[];
    words: Words | null;
    isMasked: boolean; // it is shown without its answers, and cannot be changed
    onText: (text: string) => void;
}

export function Editor({ text, problems, words, isMasked, onText }: EditorProps) {
    const area = useRef<HTMLTextAreaElement | null>(null);
    const gutter = useRef<HTMLDivElement | null>(null);
    const [completion, setCompletion] = useState<Completion | null>(null);
    const [chosen, setChosen] = useState(0);
    const caret = useRef<number | null>(null);
    const list = useId();
    const wrong = new Set(problems.filter((each) => !each.isNote).map((each) => each.line));

    useLayoutEffect(() => { // before another letter is typed
        if (caret.current !== null) area.current?.setSelectionRange(caret.current, caret.current);
        caret.current = null;
    }, [text]);

    const offer = (isAsked: boolean) => {
        const element = area.current;
        if (!element || !words || isMasked) return;
        const found = completionAt(words, element.value, element.selectionStart);
        setChosen(0);
        setCompletion(found && (isAsked || element.selectionStart > found.from) ? found : null);
    };
    const take = (index: number) => {
        const element = area.current;
        const option = completion?.options[index];
        if (!element || !completion || !option) return;
        caret.current = completion.from + option.insert.length;
        const next = element.value.slice(0, completion.from) + option.insert + element.value.slice(element.selectionStart);
        setCompletion(null);
        onText(next);
        element.focus();
    };
    const press = (event: KeyboardEvent) => {
        if (event.key === ' ' && event.ctrlKey) {
            event.preventDefault();
            offer(true);
        } else if (event.key === 'Escape' && !completion) {
            area.current?.blur();
        } else if (completion) {
            const move = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
            if (move === 0 && !['Enter', 'Tab', 'Escape'].includes(event.key)) return;
            event.preventDefault();
            if (move !== 0) setChosen((chosen + move + completion.options.length) % completion.options.length);
            else if (event.key === 'Escape') setCompletion(null);
            else take(chosen);
        }
    };
    const go = (problem: Problem) => {
        const element = area.current;
        if (!element) return;
        const at = offsetOf(element.value, problem.line, problem.column);
        element.focus();
        element.setSelectionRange(at, at);
        element.scrollTop = Math.max(0, (problem.line - 5) * parseFloat(getComputedStyle(element).lineHeight));
    };

    const count = text.split('\n').length;
    return (
        <div class="editor">
            <div class="text">
                <div class="gutter" ref={gutter} aria-hidden="true">
                    {Array.from({ length: count }, (_, i) => <div key={i} class={wrong.has(i + 1) ? 'wrong' : ''}>{i + 1}</div>)}
                </div>
                <textarea ref={area} aria-label="Scenario" spellcheck={false} autocomplete="off" wrap="off" value={text} readOnly={isMasked}
                    aria-invalid={problems.some((each) => !each.isNote)} aria-autocomplete="list" aria-controls={completion ? list : undefined}
                    aria-activedescendant={completion ? `${list}-${chosen}` : undefined}
                    onInput={(event) => { onText(event.currentTarget.value); offer(false); }}
                    onKeyDown={press} onBlur={() => setCompletion(null)} onClick={() => setCompletion(null)}
                    onScroll={(event) => { if (gutter.current) gutter.current.scrollTop = event.currentTarget.scrollTop; }} />
            </div>
            {completion ? (
                <ul class="completion" id={list} role="listbox" aria-label="What may stand here">
                    {completion.options.map((option, i) => (
                        <li key={option.label} id={`${list}-${i}`} role="option" aria-selected={i === chosen}
                            onMouseDown={(event) => { event.preventDefault(); take(i); }}>
                            <code>{option.label}</code> <span>{option.what}</span>
                        </li>
                    ))}
                </ul>
            ) : <p class="note">{isMasked ? 'The answers are left out until you reveal them; then the text can be changed.'
                : 'Ctrl+Space: what may stand at the caret. Escape leaves the text.'}</p>}
            {problems.length > 0 ? (
                <ul class="problems" aria-live="polite">
                    {problems.map((problem, i) => (
                        <li key={i} class={problem.isNote ? 'is-note' : ''}>
                            {problem.line > 0 ? <button type="button" class="plain" onClick={() => go(problem)}>{problem.line}:{problem.column}</button> : null} {problem.text}
                        </li>
                    ))}
                </ul>
            ) : null}
        </div>
    );
}
