import type { Project } from '../api/types';
import { Page } from '../views/Page';

/** A project at a glance. */
export default function HomeView({ project }: { project: Project }) {
  return <Page title={project.name} documentTitle={`${project.name}, home`}>{null}</Page>;
}
