/**
 * XML as EC2's query API answers with it, to a plain tree of names and texts: no attributes, no
 * namespaces, no entities but XML's own. Bounded, and never throwing.
 */
import type { Node } from '@xmldom/xmldom';

export interface Element {
  readonly name: string;
  /** Its own text, with none of its children's. */
  readonly text: string;
  readonly children: readonly Element[];
}

const DEPTH_MAX = 32;
const ELEMENT = 1;
/** Text and CDATA. */
const TEXTS: readonly number[] = [3, 4];

/** The root, or undefined where `text` is no document of this kind. */
export async function readXml(text: string): Promise<Element | undefined> {
  // A document type could declare entities; none of EC2's answers has one.
  if (!text.trimStart().startsWith('<') || text.includes('<!DOCTYPE')) return undefined;
  const { default: xmldom } = await import('@xmldom/xmldom');
  const onError = (_level: string, message: string) => {
    throw new Error(message);
  };
  try {
    const document = new xmldom.DOMParser({ onError, locator: false }).parseFromString(
      text,
      'text/xml',
    );
    return document.documentElement ? treeOf(document.documentElement, 1) : undefined;
  } catch {
    return undefined;
  }
}

function treeOf(node: Node, depth: number): Element {
  if (depth > DEPTH_MAX) throw new Error('deeper than any answer');
  const children: Element[] = [];
  let text = '';
  for (let child = node.firstChild; child; child = child.nextSibling) {
    if (child.nodeType === ELEMENT) children.push(treeOf(child, depth + 1));
    else if (TEXTS.includes(child.nodeType)) text += child.nodeValue ?? '';
  }
  return { name: nameOf(node), text: text.trim(), children };
}

function nameOf({ nodeName }: Node): string {
  return nodeName.slice(nodeName.indexOf(':') + 1);
}

/** The only child of that name; undefined where there is none, or several. */
export function child(element: Element | undefined, name: string): Element | undefined {
  const found = element?.children.filter((each) => each.name === name) ?? [];
  return found.length === 1 ? found[0] : undefined;
}

/** The text of the only child of that name; undefined where it holds none. */
export function textOf(element: Element | undefined, name: string): string | undefined {
  return child(element, name)?.text || undefined;
}

/** The `item`s of a set; none where the set is left out. */
export function items(element: Element | undefined, set: string): readonly Element[] {
  return child(element, set)?.children.filter(({ name }) => name === 'item') ?? [];
}
