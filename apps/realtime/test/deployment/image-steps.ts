import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import path from 'node:path';
import { DockerIgnore } from './docker-ignore.js';

interface Instruction {
  name: string;
  rest: string;
}

/** What an image leaves behind for its container. */
export interface Image {
  /** Its file system, as far as the steps made it. */
  root: string;
  workdir: string;
  env: Record<string, string>;
  user: string;
  cmd: string[];
  healthCheck: string[];
}

interface Stage extends Image {
  name: string;
}

/**
 * Takes the steps of a Dockerfile in an empty folder: COPY copies, by .dockerignore, RUN runs, each
 * stage in a folder that stands for its root. Of the base images only the program `node` is there.
 */
export class ImageSteps {
  private readonly stages: Stage[] = [];
  private readonly ignore: DockerIgnore;

  /** @param seeds what a stage finds before its first RUN, from the repository: the same results, known already */
  constructor(
    private readonly repository: string,
    private readonly scratch: string,
    private readonly seeds: Record<string, (workdir: string) => void> = {},
  ) {
    this.ignore = new DockerIgnore(path.join(repository, '.dockerignore'));
  }

  run(dockerfile: string): Image {
    for (const instruction of instructionsOf(readFileSync(dockerfile, 'utf8'))) {
      this.take(instruction);
    }
    return this.stage;
  }

  isGivenToTheEngine(file: string): boolean {
    return this.ignore.includes(file);
  }

  private get stage(): Stage {
    const last = this.stages.at(-1);
    if (!last) throw new Error('A Dockerfile begins with FROM.');
    return last;
  }

  private take({ name, rest }: Instruction): void {
    switch (name) {
      case 'FROM':
        return this.from(rest);
      case 'WORKDIR':
        this.stage.workdir = rest;
        mkdirSync(this.inside(rest), { recursive: true });
        return;
      case 'ENV':
        for (const [, key, value] of rest.matchAll(/(\w+)=(\S+)/g)) this.stage.env[key!] = value!;
        return;
      case 'COPY':
        return this.copy(rest);
      case 'RUN':
        return this.shell(rest);
      case 'USER':
        this.stage.user = rest;
        return;
      case 'CMD':
        this.stage.cmd = execForm(rest);
        return;
      case 'HEALTHCHECK':
        this.stage.healthCheck = execForm(rest.slice(rest.indexOf('CMD ') + 'CMD '.length));
        return;
      case 'EXPOSE':
        return;
      default:
        throw new Error(`${name} is not known here: this test has to learn it.`);
    }
  }

  private from(rest: string): void {
    // Whatever the platform, here it is that of this machine.
    const [base = '', , name = `stage-${this.stages.length}`] = rest
      .replace(/^--platform=\S+\s+/, '')
      .split(/\s+/);
    const root = path.join(this.scratch, name);
    mkdirSync(root, { recursive: true });
    this.stages.push({ name, root, workdir: '/', env: {}, user: '0', cmd: [], healthCheck: [] });
    if (base.startsWith('node:')) {
      mkdirSync(this.inside('/usr/local/bin'), { recursive: true });
      symlinkSync(process.execPath, this.inside('/usr/local/bin/node'));
    }
  }

  private copy(rest: string): void {
    const words = rest.split(/\s+/);
    const from = words[0]!.startsWith('--from=')
      ? words.shift()!.slice('--from='.length)
      : undefined;
    const target = this.inside(words.pop()!);
    for (const word of words) {
      if (from === undefined) this.copyFromRepository(word, target, words.length > 1);
      else {
        const stage = this.stages.find(({ name }) => name === from);
        if (!stage) throw new Error(`There is no stage ${from}.`);
        link(path.join(stage.root, word), target);
      }
    }
  }

  private copyFromRepository(source: string, target: string, isFolder: boolean): void {
    const from = path.join(this.repository, source);
    if (statSync(from).isFile()) {
      if (!this.ignore.includes(source)) throw new Error(`.dockerignore keeps ${source} out.`);
      copyFile(
        from,
        isFolder || target.endsWith('/') ? path.join(target, path.basename(source)) : target,
      );
      return;
    }
    for (const file of this.includedFiles(source === '.' ? '' : source)) {
      copyFile(
        path.join(this.repository, file),
        path.join(target, source === '.' ? file : path.relative(source, file)),
      );
    }
  }

  private includedFiles(directory: string): string[] {
    return readdirSync(path.join(this.repository, directory), { withFileTypes: true }).flatMap(
      (entry) => {
        const file = directory === '' ? entry.name : `${directory}/${entry.name}`;
        if (entry.isDirectory()) {
          return this.ignore.mayHoldIncluded(file) ? this.includedFiles(file) : [];
        }
        return entry.isFile() && this.ignore.includes(file) ? [file] : [];
      },
    );
  }

  private shell(command: string): void {
    const { name, workdir, env, root } = this.stage;
    const cwd = this.inside(workdir);
    this.seeds[name]?.(cwd);
    delete this.seeds[name];
    const { status, stdout, stderr } = spawnSync('sh', ['-c', command], {
      cwd,
      encoding: 'utf8',
      env: {
        ...process.env,
        // The launcher has fetched these packages just now.
        npm_config_prefer_offline: 'true',
        ...env,
        PATH: `${root}/usr/local/bin:${process.env['PATH'] ?? ''}`,
      },
    });
    if (status !== 0) throw new Error(`RUN ${command} ended with ${status}:\n${stdout}${stderr}`);
  }

  private inside(place: string): string {
    const end = place.endsWith('/') ? '/' : '';
    return path.join(this.stage.root, path.resolve(this.stage.workdir, place)) + end;
  }
}

function instructionsOf(dockerfile: string): Instruction[] {
  return dockerfile
    .replaceAll(/^\s*#.*\n/gm, '')
    .replaceAll(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [, name = '', rest = ''] = /^(\w+)\s+(.*)$/.exec(line) ?? [];
      return { name: name.toUpperCase(), rest };
    });
}

function execForm(text: string): string[] {
  return JSON.parse(text) as string[];
}

function copyFile(from: string, to: string): void {
  mkdirSync(path.dirname(to), { recursive: true });
  copyFileSync(from, to);
}

/** Puts a file, or what is in a folder, of one stage into another; a second name for a file costs no copy. */
function link(from: string, to: string): void {
  if (statSync(from).isDirectory()) {
    mkdirSync(to, { recursive: true });
    for (const name of readdirSync(from)) link(path.join(from, name), path.join(to, name));
    return;
  }
  mkdirSync(path.dirname(to), { recursive: true });
  if (lstatSync(from).isSymbolicLink()) copyFileSync(realpathSync(from), to);
  else linkSync(from, to);
}

/** Bytes of all files below a folder. */
export function sizeOf(directory: string): number {
  if (!existsSync(directory)) return 0;
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(path.join(parentPath, name)).size, 0);
}
