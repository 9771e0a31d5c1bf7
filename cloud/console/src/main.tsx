import { render } from 'preact'
import './styles/index.css'
import { App } from './frame/app.tsx'
import { startRoute } from './frame/route.ts'
import { startSession } from './frame/session.ts'
import { startLanguage } from './text/language.ts'

startLanguage()
startRoute()
startSession()
render(<App />, document.getElementById('console') as HTMLElement)
