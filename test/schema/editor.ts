import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { TextDocument } from 'vscode-languageserver-textdocument';
import {
  getLanguageService,
  type CompletionItem,
  type LanguageService,
  type WorkspaceContextService,
} from 'yaml-language-server';
import { root } from '../support/rig.ts';

/** A value that the editor marks as wrong. */
export interface Mark {
  readonly message: string;
  /** The text under the squiggle. */
  readonly text: string;
}

const workspaceContext: WorkspaceContextService = {
  resolveRelativePath: (relative, base) => new URL(relative, base).href,
};

/** An editor with the YAML language server, as VS Code and others have it, and the schemas as they lie in this checkout. */
export class Editor {
  readonly #service: LanguageService = getLanguageService({
    schemaRequestService: (uri) => Promise.resolve(readFileSync(fileURLToPath(uri), 'utf8')),
    workspaceContext,
    telemetry: {
      send: () => undefined,
      sendTrack: () => undefined,
      sendError: (name, error) => {
        throw new Error(`${name}: ${JSON.stringify(error)}`);
      },
    },
    clientCapabilities: {
      textDocument: {
        completion: { completionItem: { snippetSupport: true, documentationFormat: ['markdown'] } },
      },
    },
  });
  #version = 0;

  constructor() {
    this.#service.configure({ validate: true, hover: true, completion: true, yamlVersion: '1.2' });
  }

  /** What is marked in a text that would lie at this path. */
  async marks(file: string, text: string): Promise<Mark[]> {
    const document = this.#open(file, text);
    const found = await this.#service.doValidation(document, false);
    return found.map(({ message, range }) => ({
      message: typeof message === 'string' ? message : message.value,
      text: document.getText(range),
    }));
  }

  /** What is shown over the first letter of `word`, which stands once in the text. */
  async hover(file: string, text: string, word: string): Promise<string> {
    const document = this.#open(file, text);
    const shown = await this.#service.doHover(document, document.positionAt(text.indexOf(word)));
    const contents = shown?.contents;
    return typeof contents === 'object' && 'value' in contents ? contents.value : '';
  }

  /** What is offered where the text has a `▮`. */
  async complete(file: string, text: string): Promise<{ label: string; documentation: string }[]> {
    const document = this.#open(file, text.replace('▮', ''));
    const position = document.positionAt(text.indexOf('▮'));
    const { items } = await this.#service.doComplete(document, position, false);
    return items.map((item) => ({ label: item.label, documentation: documentationOf(item) }));
  }

  #open(file: string, text: string): TextDocument {
    const uri = pathToFileURL(path.resolve(root, file)).href;
    // The service remembers what it parsed by uri and version.
    return TextDocument.create(uri, 'yaml', ++this.#version, text);
  }
}

function documentationOf({ documentation }: CompletionItem): string {
  return typeof documentation === 'object' ? documentation.value : (documentation ?? '');
}
