// docs/cli.md: how to use the command line, and its commands as the contract has them.
import { commandsOf } from '../src/cli/operations/command.ts'
import { usageOf } from '../src/cli/operations/help.ts'
import { COMMON } from '../src/cli/operations/input.ts'
import { OWN } from '../src/cli/usage.ts'
import { NATIVE_TAGS, native } from '../src/contract/native/index.ts'

const INTRO = `# The command line

\`whatshooked <command>\`; in a checkout \`npm run -s whatshooked -- <command>\`. \`whatshooked help\` says what there is,
\`whatshooked <command> --help\` what a command takes. Answers go to stdout, all else to stderr.

## Calling a server

Every operation of the API is a command. Where the server is, and the key, come from the environment:

\`\`\`sh
export WHATSHOOKED_URL=http://127.0.0.1:8825     # this is where it is looked for anyway
export WHATSHOOKED_API_KEY=wh_…

whatshooked list-accounts
whatshooked send-message --account shop --to +15550001111 --text "Hello"
whatshooked send-image --account shop --to +15550001111 --image photo.jpg --caption "The pier"
whatshooked send-template --account shop --to +15550001111 --template.name hello --template.language.code en_US
whatshooked upload-media --account shop --file brochure.pdf
whatshooked add-account shop --type business-api --business-api.phone-number-id 4711 --business-api.access-token @token.txt
whatshooked add-hook crm --name CRM --url https://crm.example.com/hook --active \\
  --events message.received,message.failed --retry.delays 5,30 --retry.give-up-after 3600
whatshooked update-hook crm --no-active
whatshooked remove-hook crm --yes
whatshooked list-deliveries --state dead | jq -r '.deliveries[].id'
whatshooked doctor shop --mend
\`\`\`

| value | how to write it |
|---|---|
| text | as it is; \`@message.txt\` reads a file, \`@-\` stdin, \`@@ada\` is the text \`@ada\`; \`--text=--x\` begins with dashes |
| true, false | \`--active\`, \`--no-active\`, \`--active false\` |
| list | \`--events a,b\`, or the flag again, or JSON; \`--events ''\` is the empty list |
| object | JSON (\`--retry '{"delays":[5],"give_up_after":60}'\`, \`--retry @retry.json\`), or a flag for each field |
| null | \`--retry null\`, where a field takes it |
| file | a path, or \`-\` for stdin; its type follows from its name unless \`--mime-type\` (\`--type\`) says it |
| everything | \`--input message.json\`, \`--input -\` for stdin; other flags go over it |

The id of what a command is about needs no flag: \`whatshooked get-hook crm\`. A message with an \`--idempotency-key\` is sent once,
however often the command runs. What deletes something asks first at a terminal, and elsewhere wants \`--yes\`.
`

const EXITS = `## Exit codes

| code | meaning |
|---|---|
| 0 | done |
| 1 | the server refused it, or a start failed; of \`doctor\`: something is a problem |
| 64 | the words are wrong; nothing was called |
| 69 | no server answers there |
| 75 | not now (429, 503): try again later |
| 77 | no key, a wrong key, or one that may not do this |
| 78 | a setting is wrong |

## Completion

\`\`\`sh
source <(whatshooked completion bash)      # bash: in ~/.bashrc
source <(whatshooked completion zsh)       # zsh: in ~/.zshrc
whatshooked completion fish | source       # fish: in ~/.config/fish/config.fish
\`\`\`
`

/** The whole page. */
export function cliPage(): string {
  const common = Object.entries(COMMON).map(([name, { takes, says }]) =>
    row([`--${name} ${takes && `<${takes}>`}`.trim(), says]),
  )
  const own = Object.entries(OWN).map(([name, { takes, says }]) => row([`whatshooked ${name} ${takes}`.trim(), says]))
  return `${INTRO}
## Flags of every command

| flag | |
|---|---|
${common.join('\n')}

${EXITS}
## Commands of its own

| command | |
|---|---|
${own.join('\n')}

## Commands that call a server

${operations()}
`
}

function operations(): string {
  const commands = [...commandsOf(native).values()]
  const parts = NATIVE_TAGS.map(({ name }) => {
    const rows = commands
      .filter(({ operation }) => operation.tag === name)
      .map((command) => row([usageOf(command).replace('whatshooked ', ''), command.operation.summary]))
    return `### ${name}\n\n| command | |\n|---|---|\n${rows.join('\n')}`
  })
  return parts.join('\n\n')
}

function row([code, says]: readonly [string, string]): string {
  return `| \`${code.replaceAll('|', '\\|')}\` | ${says.replaceAll('|', '\\|')} |`
}
