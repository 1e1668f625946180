import { type Config, variables } from '../config.ts'

/** Every variable with its value, or `******` for a secret, and where the value comes from. */
export function showConfig(config: Config): string {
  return Object.entries(variables)
    .map(([name, variable]) => {
      const value = config[name as keyof typeof variables]
      const shown =
        value === undefined
          ? '(unset)'
          : 'secret' in variable
            ? '******'
            : typeof value === 'object'
              ? `${value.host}:${value.port}`
              : value
      return `${name}=${shown}  # ${config.sources[name as keyof typeof variables]}: ${variable.meaning}\n`
    })
    .join('')
}
