// What is done in a workspace as its user between its start and its first use. The scripts are for any
// POSIX shell, also a busybox, and need nothing but what such an image has.

/** What a workspace is given; texts without line breaks but the private key. */
export interface Gifts {
  /** Empty: the address of this server is not known. */
  readonly url: string
  /** Empty: it gets none. */
  readonly token: string
  readonly gitName: string
  readonly gitEmail: string
  /** `ssh-ed25519 …`; empty: it gets none. */
  readonly publicKey: string
  readonly privateKey: string
}

/** What the script below reads: one line for each, then the private key to the end. */
export function inputOf(gifts: Gifts): string {
  const { url, token, gitName, gitEmail, publicKey, privateKey } = gifts
  const lines = [url, token, quoted(gitName), quoted(gitEmail), fileOf(publicKey), publicKey.trim()]
  return `${lines.map((line) => line.replace(/[\r\n]/g, ' ')).join('\n')}\n${privateKey}`
}

/** A value as a Git configuration file has it. */
function quoted(value: string): string {
  const text = value.replace(/[\r\n\t]/g, ' ').replace(/[\\"]/g, '\\$&')
  return `"${text}"`
}

/** How OpenSSH calls the file of such a key. */
function fileOf(publicKey: string): string {
  const [algorithm = ''] = publicKey.split(' ')
  if (algorithm === '') return ''
  if (algorithm.startsWith('ecdsa-')) return 'id_ecdsa'
  return algorithm === 'ssh-rsa' ? 'id_rsa' : 'id_ed25519'
}

/** Lines that the script begins with tell how far it is; all others are output. */
export const markers = {
  home: '@atelier home',
  token: '@atelier token',
  git: '@atelier git',
  configure: '@atelier configure',
  personalize: '@atelier personalize',
  end: '@atelier end',
} as const

/**
 * Prepares the home: the token and the address where the existing command line looks for them, the SSH
 * key unless there is another one, and a Git identity that `~/.gitconfig` goes before. Each file appears
 * whole, and nobody but the user reads it.
 */
export const prepareScript = `
set -eu
umask 077
echo '${markers.home}'
: "\${HOME:?the image has no home directory}"
mkdir -p "$HOME" && cd "$HOME"
put() { cat > "$1.atelier" && mv -f "$1.atelier" "$1"; }
IFS= read -r url; IFS= read -r token; IFS= read -r name; IFS= read -r email
IFS= read -r file; IFS= read -r public
echo '${markers.token}'
mkdir -p .config/coder
if [ -n "$url" ]; then printf %s "$url" | put .config/coder/url; fi
if [ -n "$token" ]; then printf %s "$token" | put .config/coder/session
else rm -f .config/coder/session; fi
echo '${markers.git}'
mkdir -p .ssh .config/git && chmod 700 .ssh
if [ -n "$file" ]; then
  for old in id_ed25519 id_ecdsa id_rsa; do
    if [ -f ".ssh/$old.pub" ] && [ "$old" != "$file" ]; then
      case "$(cat ".ssh/$old.pub")" in *' atelier') rm -f ".ssh/$old" ".ssh/$old.pub" ;; esac
    fi
  done
  ours=no
  if [ ! -e ".ssh/$file" ]; then ours=yes
  elif [ -f ".ssh/$file.pub" ]; then
    case "$(cat ".ssh/$file.pub")" in *' atelier') ours=yes ;; esac
  fi
  if [ $ours = yes ]; then
    put ".ssh/$file"
    printf '%s\\n' "$public" | put ".ssh/$file.pub"
  fi
fi
cat > /dev/null
mark='# Written by Atelier at each start; ~/.gitconfig goes before it.'
if [ ! -e .config/git/config ] || [ "$(head -n 1 .config/git/config)" = "$mark" ]; then
  printf '%s\\n[user]\\n\\tname = %s\\n\\temail = %s\\n' "$mark" "$name" "$email" | put .config/git/config
fi
if [ -x /coder/configure ]; then echo '${markers.configure}'; fi
if [ -x personalize ]; then echo '${markers.personalize}'; fi
echo '${markers.end}'
`

/**
 * Gets the dotfiles whose address it reads, and installs them: by their \`install.sh\`, or
 * by links to the files whose names begin with a dot. What is in the way is kept under another name.
 */
export const dotfilesScript = `
set -eu
command -v git > /dev/null || { echo 'The image has no git: dotfiles cannot be fetched'; exit 1; }
IFS= read -r uri
cd "$HOME"
export GIT_TERMINAL_PROMPT=0 GIT_SSH_COMMAND='ssh -o BatchMode=yes -o StrictHostKeyChecking=accept-new'
if [ -d dotfiles/.git ] && [ "$(git -C dotfiles config remote.origin.url)" = "$uri" ]; then
  git -C dotfiles pull --ff-only
elif [ -e dotfiles ]; then
  echo '~/dotfiles is there and comes from somewhere else: it is left as it is'
else
  git clone -- "$uri" dotfiles
fi
if [ -x dotfiles/install.sh ]; then
  cd dotfiles && exec ./install.sh
fi
for path in dotfiles/.[!.]* dotfiles/..?*; do
  name=\${path#dotfiles/}
  if [ ! -e "$path" ] || [ "$name" = .git ]; then continue; fi
  if [ -e "$name" ] && [ ! -L "$name" ]; then mv -f "$name" "$name.before-dotfiles"; fi
  ln -sfn "$path" "$name"
  echo "linked ~/$name"
done
`
